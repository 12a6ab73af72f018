/** Bytes per second over the last seconds, so that the figure follows the line and not the whole download. */
const window = 5000;
/** A shorter time says more about the first packet than about the line. */
const least = 300;

export class Speed {
  private readonly now: () => number;
  private readonly marks: { at: number; bytes: number }[] = [];
  private bytes = 0;

  constructor(now: () => number) {
    this.now = now;
    this.marks.push({ at: now(), bytes: 0 });
  }

  add(bytes: number): void {
    this.bytes += bytes;
    const at = this.now();
    this.marks.push({ at, bytes: this.bytes });
    while (this.marks.length > 2 && at - this.marks[1]!.at >= window) this.marks.shift();
  }

  /** Undefined until something was measured. */
  perSecond(): number | undefined {
    const [first] = this.marks;
    const time = this.now() - (first?.at ?? 0);
    if (!first || time < least) return undefined;
    return ((this.bytes - first.bytes) / time) * 1000;
  }
}
