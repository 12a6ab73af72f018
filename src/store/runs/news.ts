/** Says once that something cannot be written, and once that it could be after all. */
import { toFailure } from '../../worker/failure';
import type { SessionStore } from '../session';
import type { Failure } from '../types';

export type Written = 'run' | 'desk';

export class News {
  private readonly store: SessionStore;
  private readonly retry: () => void;
  /** What is not there, and whether that was said. */
  private readonly missing = new Map<Written, boolean>();

  /** `retry` is told of every failure. */
  constructor(store: SessionStore, retry: () => void) {
    this.store = store;
    this.retry = retry;
  }

  /** Whoever has no room has none for the next write either: nothing more is said until one succeeds. */
  failed(what: Written, error: unknown): void {
    this.retry();
    if (this.missing.has(what)) return;
    // Where a run has no room, the desk has none: that is one sentence, not two.
    const said = what === 'run' || !this.missing.has('run');
    this.missing.set(what, said);
    if (said) this.store.getState().notify(refused[what](toFailure(error).message));
  }

  succeeded(what: Written): void {
    const said = this.missing.get(what);
    this.missing.delete(what);
    if (!said) return;
    const { notices, dismiss, notify } = this.store.getState();
    const { code } = refused[what]('');
    for (const { id, failure } of notices) if (failure.code === code) dismiss(id);
    notify(again[what]);
  }
}

const refused: Readonly<Record<Written, (reason: string) => Failure>> = {
  run: (reason) => {
    const message = `The run could not be written: the browser's storage refused it (${reason}).`;
    return { code: 'run-not-kept', message, detail: { reason } };
  },
  desk: (reason) => {
    const message = `Rows, models and settings could not be written for the next visit: the browser's storage refused them (${reason}).`;
    return { code: 'desk-not-kept', message, detail: { reason } };
  },
};

const again: Readonly<Record<Written, Failure>> = {
  run: { code: 'run-kept-again', message: 'The run has been written after all, with all its results.', detail: {} },
  desk: { code: 'desk-kept-again', message: 'Rows, models and settings have been written after all.', detail: {} },
};
