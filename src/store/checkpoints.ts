/** Checkpoints in the browser's storage: which stage can go on from one, and what a person does with them. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { sameSettings } from './runs/settings';
import type { SessionStore } from './session';
import type { Keeping, KeptCheckpoint, Recipe, RunsState, SessionState, Stage } from './types';

/** What a training stage goes on from. */
export interface GoingOn {
  readonly key: string;
  readonly from: 'newest' | File;
  /** That of the checkpoint. */
  readonly recipe: Recipe;
  readonly change?: Keeping['change'];
}

type Facts = Pick<SessionState, 'stages' | 'checkpoints' | 'running'>;

/** The checkpoint that a stage left which did not come to its end. */
export function resumable({ stages, checkpoints, running }: Facts, stage: Stage): KeptCheckpoint | undefined {
  const { state, checkpoint } = stages[stage];
  if (checkpoint === undefined || state === 'done' || running === stage) return undefined;
  return checkpoints.find(({ key, stage: of }) => key === checkpoint && of === stage);
}

/** The step whose rows may be left out: the one that exploded behind the checkpoint, else the one that comes next, where it was not finite. */
export function leftOut({ stages }: Facts, { stage, step }: KeptCheckpoint): number {
  const { exploded = 0 } = stages[stage];
  return Math.max(exploded, step + 1);
}

/** Whether a stage that runs next would be the one that was interrupted: with other settings it is another. */
export function goesOn(state: Facts & Pick<SessionState, 'recipe'>, stage: Stage): GoingOn | undefined {
  const found = resumable(state, stage);
  if (!found || !sameSettings(stage, found.recipe, state.recipe)) return undefined;
  return { key: found.key, from: 'newest', recipe: found.recipe };
}

/** Another tab goes on with the run that names it. */
export function usedElsewhere({ list, elsewhere }: Pick<RunsState, 'list' | 'elsewhere'>, key: string): boolean {
  const runs = list.filter(({ id }) => elsewhere.includes(id));
  return runs.some(({ stages }) => Object.values(stages).some(({ checkpoint }) => checkpoint === key));
}

export interface Checkpoints {
  /** The list, read anew; what no run names any more goes. */
  listCheckpoints(): Promise<void>;
  deleteCheckpoint(key: string): Promise<void>;
  /** The newest file of a key, to be saved elsewhere; undefined where it is gone, which is said. */
  checkpointFile(key: string): Promise<Blob | undefined>;
}

/** `named`: keys that runs name, undefined where that cannot be known. */
export function createCheckpoints(
  store: SessionStore,
  client: () => EngineClient,
  named: () => Promise<ReadonlySet<string> | undefined>,
): Checkpoints {
  const told = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code !== 'worker-closed') store.getState().notify(failure);
      return undefined;
    }
  };
  const list = async (): Promise<void> => {
    const { kept, unreadable } = await client().checkpoints();
    store.getState().setCheckpoints(kept);
    const names = store.getState().running === undefined ? await named() : undefined;
    if (!names) return;
    const own = new Set(Object.values(store.getState().stages).map(({ checkpoint }) => checkpoint));
    const there = [...kept.map(({ key }) => key), ...unreadable];
    const left = there.filter((key) => !names.has(key) && !own.has(key));
    if (left.length === 0) return;
    await client().deleteCheckpoints(left);
    store.getState().setCheckpoints(kept.filter(({ key }) => !left.includes(key)));
  };
  return {
    listCheckpoints: async () => void (await told(list)),
    deleteCheckpoint: async (key) => {
      await told(() => client().deleteCheckpoints([key]));
      await told(list);
    },
    checkpointFile: (key) => told(() => client().checkpointFile(key)),
  };
}
