/** What loads and runs take turns with: one stage at a time, and one load after the other. */
import { Inquiries } from './inquiries';
import { StudioError } from './studioError';
import type { Control } from './train/control';

export class Turns {
  /** The stage under way. */
  running: Control | undefined;
  readonly inquiries = new Inquiries();
  private loading = 0;
  private loads: Promise<unknown> = Promise.resolve();

  /** The last load asked for is the one that stays. */
  async load<T>(work: () => Promise<T>): Promise<T> {
    this.refuseWhileRunning();
    this.inquiries.refuse();
    this.loading += 1;
    const turn = this.loads.then(work);
    this.loads = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.loading -= 1;
    }
  }

  /** For what only reads: it comes after the loads under way, and no stage waits for it. */
  async look<T>(work: () => Promise<T>): Promise<T> {
    this.refuseWhileRunning();
    this.inquiries.refuse();
    return this.loads.then(work);
  }

  refuseWhileRunning(): void {
    if (this.running) throw new StudioError('busy', 'A stage is already running. Stop it or wait for it to end.');
  }

  refuseWhileLoading(): void {
    if (this.loading > 0) throw new StudioError('still-loading', 'A model or a file is still being loaded.');
  }

  /** Between two rows: lets commands in, and gives up for a run or for what was asked later. */
  async yieldTo(later: () => boolean): Promise<'go' | 'stop'> {
    await new Promise((resolve) => setTimeout(resolve));
    return this.running || later() ? 'stop' : 'go';
  }
}
