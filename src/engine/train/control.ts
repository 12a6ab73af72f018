/** Pause, resume and stop: asked for at any time, answered at the next step boundary. */

export class Control {
  private wanted: 'go' | 'pause' | 'stop' = 'go';
  private wake: (() => void) | undefined;
  private readonly onPause: (paused: boolean) => void;
  private failure: Error | undefined;
  private waits = false;
  private guest: Promise<unknown> | undefined;

  constructor(onPause: (paused: boolean) => void) {
    this.onPause = onPause;
  }

  pause(): void {
    if (this.wanted === 'go') this.wanted = 'pause';
  }

  resume(): void {
    if (this.wanted === 'pause') this.wanted = 'go';
    this.wake?.();
  }

  stop(): void {
    this.wanted = 'stop';
    this.wake?.();
  }

  /** Ends the run with this error at the next boundary; the first one counts. */
  fail(error: Error): void {
    this.failure ??= error;
    this.wake?.();
  }

  /** Whether the next boundary will not just be passed. */
  get asked(): boolean {
    return this.wanted !== 'go' || this.failure !== undefined;
  }

  /** Whether it waits, and will until it is told otherwise: nothing is computed meanwhile. */
  get resting(): boolean {
    return this.waits && this.wanted === 'pause' && !this.failure;
  }

  /** While it rests, others may compute: it does not go on before they are done. */
  lend(until: Promise<unknown>): void {
    const leave = (): void => {
      this.guest = undefined;
    };
    this.guest = until.then(leave, leave);
  }

  /** Throws what `fail` was told. */
  check(): void {
    if (this.failure) throw this.failure;
  }

  /** Waits here while paused; says whether to go on. Throws what `fail` was told. */
  async boundary(): Promise<'go' | 'stop'> {
    if (this.wanted === 'pause') {
      this.onPause(true);
      this.waits = true;
      while (this.guest || (this.wanted === 'pause' && !this.failure)) {
        await (this.guest ?? new Promise<void>((resolve) => (this.wake = resolve)));
      }
      this.waits = false;
      this.onPause(false);
    }
    this.check();
    return this.wanted === 'stop' ? 'stop' : 'go';
  }

  /** Like `boundary`, after messages that wait were heard: awaiting a settled promise does not let them in. */
  async heed(): Promise<'go' | 'stop'> {
    await new Promise((resolve) => setTimeout(resolve));
    return this.boundary();
  }
}
