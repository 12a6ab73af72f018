/** Trying again after failures that may pass: a few times, waiting longer each time. */
import { PassingError } from './refusals';

export interface Waiting {
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const delays = [500, 1000, 2000, 4000, 8000] as const;

export class Patience {
  private readonly options: Waiting;
  private readonly signal: AbortSignal;
  private tries = 0;

  constructor(options: Waiting, signal: AbortSignal) {
    this.options = options;
    this.signal = signal;
  }

  /** Something came: the next failure is the first again. */
  renew(): void {
    this.tries = 0;
  }

  /** Waits for another try, or throws the error where none helps or none is left. */
  async after(error: unknown): Promise<void> {
    this.signal.throwIfAborted();
    const delay = delays[this.tries];
    if (!(error instanceof PassingError) || delay === undefined) throw error;
    this.tries += 1;
    await this.options.wait(Math.max(delay, error.pause), this.signal);
  }
}

export function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', stop, { once: true });
  });
}
