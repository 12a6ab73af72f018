/** When progress is told: at most so often while bytes move, and at least so often, since a line on which nothing comes must be seen. */

/** Milliseconds. */
const [tellEvery, beat] = [100, 1000] as const;

export class Pulse {
  private readonly tell: () => void;
  private readonly heart: ReturnType<typeof setInterval>;
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: () => void) {
    this.tell = tell;
    this.heart = setInterval(() => this.now(), beat);
  }

  soon(): void {
    this.later ??= setTimeout(() => this.now(), tellEvery);
  }

  now(): void {
    clearTimeout(this.later);
    this.later = undefined;
    this.tell();
  }

  /** Nothing is told after the end. */
  end(): void {
    clearInterval(this.heart);
    clearTimeout(this.later);
  }
}
