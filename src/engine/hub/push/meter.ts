/** How far a push is: one count of bytes for the files of a phase, told now and then. */
import { Pulse } from '../pulse';
import { Speed } from '../speed';
import type { PushFile, PushProgress } from './types';

export class Meter {
  /** Bytes of files that went over the line, those of tries that failed not counted. */
  sent = 0;
  private readonly now: () => number;
  private readonly listen: (progress: PushProgress) => void;
  private readonly pulse = new Pulse(() => this.tell());
  private speed: Speed;
  private sizes: ReadonlyMap<string, number> = new Map();
  private readonly through = new Map<string, number>();
  private state: PushProgress['state'] = 'asking';
  private file: string | undefined;
  private waiting = 0;

  constructor(now: () => number, listen: (progress: PushProgress) => void) {
    this.now = now;
    this.listen = listen;
    this.speed = new Speed(now);
    this.pulse.now();
  }

  /** Another phase begins, with these files. */
  phase(state: PushProgress['state'], files: readonly PushFile[]): void {
    if (this.state === state) return;
    this.state = state;
    this.file = undefined;
    this.sizes = new Map(files.map(({ path, file }) => [path, file.size]));
    this.through.clear();
    this.speed = new Speed(this.now);
    this.pulse.now();
  }

  /** The phase is through with so much of the file. */
  at(path: string, bytes: number): void {
    this.add(path, bytes - (this.through.get(path) ?? 0));
  }

  /** Less than nothing when a try failed. */
  add(path: string, bytes: number): void {
    this.file = path;
    this.through.set(path, (this.through.get(path) ?? 0) + bytes);
    if (bytes > 0) this.speed.add(bytes);
    this.pulse.soon();
  }

  /** While this is done, nothing moves. */
  async wait(work: () => Promise<void>): Promise<void> {
    this.waiting += 1;
    this.pulse.now();
    await work().finally(() => {
      this.waiting -= 1;
      this.pulse.now();
    });
  }

  /** Nothing is told after the end. */
  end(): void {
    this.pulse.end();
  }

  private tell(): void {
    const total = sum(this.sizes.values());
    const done = Math.min(total, sum(this.through.values()));
    const state = this.waiting > 0 ? 'waiting' : this.state;
    this.listen({ state, file: this.file, done, total, bytesPerSecond: this.speed.perSecond() });
  }
}

function sum(values: Iterable<number>): number {
  let all = 0;
  for (const value of values) all += value;
  return all;
}
