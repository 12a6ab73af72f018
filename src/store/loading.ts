/** What every load has in common: when it is refused, how a failure is told, and what it undoes. */
import { toFailure } from '../worker/failure';
import { asking } from './ask';
import { busySaving, isSaving } from './save';
import type { Series } from './series';
import type { SessionStore } from './session';
import { type Cause, subjectsOf } from './stages';
import type { Failure, Place, Stage } from './types';

export interface Loading {
  /** True while nothing can be opened, which the page then says. */
  refused(): boolean;
  /**
   * Says what went wrong in the page; the promise itself never rejects. What was said of an earlier try at the same
   * place goes: it is no longer the last word.
   */
  told(place: Place, work: () => Promise<void>, code: string, name: string): Promise<void>;
  /** Stages, curves and answers that no longer hold. */
  undo(what: Cause): void;
}

const busy: Failure = { code: 'busy-load', message: 'Wait until the stage ends, or stop it, then load.', detail: {} };

/** `changed` is told after something new has undone what rested on the one before. */
export function createLoading(store: SessionStore, series: Series, changed: () => void): Loading {
  return {
    refused: () => {
      const { running, saving, inquiry, notify } = store.getState();
      if (running !== undefined) notify(busy);
      else if (isSaving(saving)) notify(busySaving);
      else if (inquiry) notify(asking(inquiry));
      else return false;
      return true;
    },
    told: async (place, work, code, name) => {
      store.getState().retry(place);
      try {
        await work();
      } catch (error) {
        const failure = toFailure(error);
        // Without a GPU there is one sentence for the whole page; each load need not repeat it.
        if (store.getState().gpu.state === 'none' || failure.code === 'worker-closed') return;
        const plain = failure.code === 'internal';
        store
          .getState()
          .notify(plain ? { ...failure, code, detail: { name, reason: failure.message } } : failure, { place });
      }
    },
    undo: (what) => {
      const stages: readonly Stage[] = store.getState().undo(what);
      if (what === 'test') series.clearMeasured();
      for (const stage of stages) {
        series.clearStage(stage);
        for (const subject of subjectsOf[stage]) series.clearSubject(subject);
      }
      changed();
    },
  };
}
