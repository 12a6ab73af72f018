/** Pause, resume and stop: asked for at any time, answered at the next step boundary. */

export class Control {
  private wanted: 'go' | 'pause' | 'stop' = 'go';
  private wake: (() => void) | undefined;
  private readonly onPause: (paused: boolean) => void;
  /** Milliseconds spent paused so far. */
  paused = 0;

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

  /** Waits here while paused; says whether to go on. */
  async boundary(): Promise<'go' | 'stop'> {
    if (this.wanted === 'pause') {
      const since = performance.now();
      this.onPause(true);
      while (this.wanted === 'pause') await new Promise<void>((resolve) => (this.wake = resolve));
      this.paused += performance.now() - since;
      this.onPause(false);
    }
    return this.wanted === 'stop' ? 'stop' : 'go';
  }
}
