/** Bytes of buffers that are alive on a device: counted where buffers are made and destroyed, whatever a plan says. */

/** A sum that remembers its highest value. */
export class Gauge {
  private now = 0;
  private most = 0;

  get bytes(): number {
    return this.now;
  }

  /** The highest value since `restart`. */
  get peak(): number {
    return this.most;
  }

  add(bytes: number): void {
    this.now += bytes;
    this.most = Math.max(this.most, this.now);
  }

  /** Forgets what was above `peak`, as far as it is no longer there. */
  lower(peak: number): void {
    this.most = Math.max(this.now, peak);
  }

  restart(): void {
    this.most = this.now;
  }
}

export interface Held {
  /** What arenas hold: everything that a plan counts. */
  readonly tensors: Gauge;
  /** Parameters of dispatches and copies on their way back: in no arena and in no plan. */
  readonly others: Gauge;
}

const gauges = new WeakMap<object, Held>();

export function heldOn(device: object): Held {
  const known = gauges.get(device) ?? { tensors: new Gauge(), others: new Gauge() };
  gauges.set(device, known);
  return known;
}
