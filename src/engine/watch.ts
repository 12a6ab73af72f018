/** How long work answers whoever waits for it. */

export interface Watch {
  /** Asked often, where the work can end cleanly; waits there while paused. */
  readonly boundary: () => Promise<'go' | 'stop'>;
  readonly progress: (done: number, total: number) => void;
}
