/** Running stages: one at a time, or all that are left, and why none can start. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { asking } from './ask';
import { awaited } from './awaited';
import { type GoingOn, goesOn, resumable } from './checkpoints';
import type { Watch } from './runs/keeper';
import { busySaving, isSaving } from './save';
import type { Series } from './series';
import type { SessionStore } from './session';
import type { WorkingTime } from './stageClock';
import { StageRun } from './stageRun';
import { mergeFirst, missing, remaining } from './stages';
import type { Failure, Keeping, Stage } from './types';

export interface Runner {
  run(stage: Stage): Promise<void>;
  /**
   * A training stage from its newest checkpoint on, or from its start where it had not come to one, after the teacher was merged again
   * where it is taught by that. Any other stage runs again.
   */
  goOn(stage: Stage, change?: Keeping['change']): Promise<void>;
  /** A checkpoint in a file, at the stage that it is of. */
  openCheckpoint(file: File): Promise<void>;
  /** Every stage that is not done, in order, until one is stopped or fails. */
  runAll(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): void;
  /** Undefined when no stage runs. */
  time(): WorkingTime | undefined;
}

const busy: Failure = { code: 'busy', message: 'A stage is already running.', detail: {} };

export function createRunner(
  store: SessionStore,
  series: Series,
  client: () => EngineClient,
  watch: Watch,
  now: () => number = () => performance.now(),
): Runner {
  let current: StageRun | undefined;

  const runOne = async (stage: Stage, goingOn?: GoingOn): Promise<boolean> => {
    current = new StageRun({ store, series, watch, now }, stage, goingOn);
    const done = await current.run(client);
    current = undefined;
    return done;
  };

  const refused = (stage: Stage): boolean => {
    const state = store.getState();
    const needs = missing(state, stage);
    const waits = awaited(state);
    if (state.running !== undefined || state.runningAll) state.notify(busy);
    else if (isSaving(state.saving)) state.notify(busySaving);
    else if (state.inquiry) state.notify(asking(state.inquiry));
    else if (waits) state.notify(waits);
    else if (needs.length === 0) return false;
    else state.notify({ code: 'not-ready', message: `This stage still needs: ${needs.join(', ')}.`, detail: {} });
    return true;
  };

  const goOn = async (stage: Stage, goingOn?: GoingOn): Promise<void> => {
    for (const before of mergeFirst(store.getState(), stage)) {
      if (refused(before) || !(await runOne(before))) return;
    }
    if (!refused(stage)) await runOne(stage, goingOn);
  };

  const ask = (asked: 'pause' | 'resume' | 'stop'): void => {
    if (store.getState().running === undefined) return;
    store.getState().ask(asked);
    client()[asked]();
  };

  return {
    run: async (stage) => {
      if (!refused(stage)) await runOne(stage);
    },
    goOn: async (stage, change) => {
      const found = resumable(store.getState(), stage);
      await goOn(stage, found && { key: found.key, from: 'newest', recipe: found.recipe, change });
    },
    openCheckpoint: async (file) => {
      try {
        const { stage, recipe } = await client().inspectCheckpoint(file);
        await goOn(stage, { key: crypto.randomUUID(), from: file, recipe });
      } catch (error) {
        store.getState().notify(toFailure(error));
      }
    },
    runAll: async () => {
      const { setRunningAll } = store.getState();
      const queue = remaining(store.getState());
      if (queue[0] === undefined || refused(queue[0])) return;
      setRunningAll(true);
      try {
        for (const stage of queue) if (!(await runOne(stage, goesOn(store.getState(), stage)))) break;
      } finally {
        setRunningAll(false);
      }
    },
    pause: () => ask('pause'),
    resume: () => ask('resume'),
    stop: () => ask('stop'),
    time: () => current?.time(),
  };
}
