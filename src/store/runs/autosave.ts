/** When to write: at once where something is complete, else every few seconds at most. */

/** Milliseconds between two writes while nothing but steps comes in. */
const PERIOD = 3000;
/** And after one that failed. */
const RETRY = 10_000;

export class Autosave {
  private readonly clock: () => number;
  private readonly write: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = Number.NEGATIVE_INFINITY;

  /** `clock` in milliseconds. */
  constructor(clock: () => number, write: () => void) {
    this.clock = clock;
    this.write = write;
  }

  now(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.last = this.clock();
    this.write();
  }

  /** After everything that happens in this moment. */
  soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), 0);
  }

  sometime(period = PERIOD): void {
    this.timer ??= setTimeout(() => this.now(), Math.max(0, this.last + period - this.clock()));
  }

  /** Though nothing more may happen. */
  again(): void {
    this.sometime(RETRY);
  }
}
