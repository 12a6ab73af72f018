/**
 * A run out of a folder that the studio wrote: into the list of runs, and its results onto the page as far as they fit it.
 *
 * - The models and rows that it was made of lie on the page: the page goes on with it, adapters as the results of their stages.
 * - A base model lies there, the rows do not: its adapter is what training starts from, and counts as a result with 0 steps.
 * - Otherwise the merged teacher or the distilled student takes the place of the model on the page.
 */
import { fingerprint } from '../../engine/runs/fingerprint';
import { splitNames } from '../../engine/runs/names';
import type { RunRecord } from '../../engine/runs/record';
import { toFailure } from '../../worker/failure';
import type { Loader } from '../load';
import type { Entry } from '../modelFiles';
import type { Cause } from '../stages';
import type { Artifact, Failure, Role } from '../types';
import { sameModel } from './adapters';
import type { KeeperContext } from './keeper';
import type { Opened } from './library';
import type { FoundRun } from './runFolder';
import type { Runs } from './runs';
import { shelve } from './shelve';
import { resultsOf } from './snapshot';

/** What became of it. */
export interface Reopened {
  /** The run's. */
  readonly name: string;
  /** `there`: it was in the list, and stays as it was. `unkept`: the browser gives this page no storage. */
  readonly kept: 'new' | 'there' | 'unkept';
  /** The page goes on with it. */
  readonly current: boolean;
}

export interface Reopener {
  /**
   * `sure` is asked before something that was trained on the page goes; whatever it says, the run is in the list. Undefined
   * when the folder holds no run that can be read, which the page then says.
   */
  openRun(root: Entry, sure: (what: Cause) => boolean): Promise<Reopened | undefined>;
}

type Loads = Pick<Loader, 'loadModel' | 'loadAdapter' | 'refused'>;

const roles: readonly Role[] = ['teacher', 'student'];

const resultOf: Readonly<Record<Role, { readonly adapter: Artifact; readonly model: Artifact }>> = {
  teacher: { adapter: 'teacher-adapter', model: 'teacher-merged' },
  student: { adapter: 'student-adapter', model: 'student-distilled' },
};

export function createReopener(context: KeeperContext, loader: Loads, runs: Runs): Reopener {
  const { store } = context;

  /** Says why there is none. */
  const look = async (root: Entry): Promise<FoundRun | undefined> => {
    try {
      // Few who open the page open a folder on this visit.
      const { findRun } = await import('./runFolder');
      const found = await findRun(root);
      if (!('failure' in found)) return found;
      store.getState().notify(found.failure, 'file' in found ? { checkpoint: found.file } : {});
    } catch (error) {
      store.getState().notify(toFailure(error));
    }
    return undefined;
  };

  const keep = async (found: FoundRun): Promise<Reopened['kept'] | undefined> => {
    const there = runs.opened();
    if (!there) return 'unkept';
    try {
      return await shelve(there.shelf, found, (failure) => store.getState().notify(failure));
    } catch (error) {
      const { message: reason } = toFailure(error);
      const message = `The browser's storage refused it: ${reason}`;
      store.getState().notify({ code: 'runs-storage', message, detail: { reason } });
      return undefined;
    }
  };

  const takeModel = async ({ run: { record }, results }: FoundRun, role: Role, sure: (what: Cause) => boolean) => {
    const [adapter, model] = [results[resultOf[role].adapter], results[resultOf[role].model]];
    const base = record.models[role]?.info;
    if (adapter && liesThere(store.getState(), record, role)) {
      if (sure(`${role}-adapter`)) await loader.loadAdapter(role, adapter);
    } else if (model) {
      if (sure(role)) await loader.loadModel(role, model);
    } else if (adapter) store.getState().notify(baseMissing(role, base?.name ?? '?'));
  };

  return {
    openRun: async (root, sure) => {
      if (loader.refused()) return undefined;
      const found = await look(root);
      if (!found) return undefined;
      const kept = await keep(found);
      if (!kept) return undefined;
      for (const { failure, file } of found.checkpoints) store.getState().notify(failure, { checkpoint: file });
      await runs.library.listRuns();
      const { id, name } = found.run.record;
      const there = runs.opened();
      if (there?.keeper.current?.id === id) return { name, kept, current: true };
      // As it is kept: with the adapters that can be put back.
      const record = await there?.shelf.record(id);
      if (there && record && (await fits(context, record))) {
        return { name, kept, current: roles.every(sure) && (await goOn(context, there, runs, id)) };
      }
      for (const role of roles) await takeModel(found, role, sure);
      return { name, kept, current: false };
    },
  };
}

function baseMissing(role: Role, model: string): Failure {
  const message = `The adapter of the ${role} belongs to “${model}”. Open that model, then this folder again.`;
  return { code: 'run-base-missing', message, detail: { role, model } };
}

type Page = ReturnType<KeeperContext['store']['getState']>;

/** The model that the run began with is the one on the page. */
function liesThere({ models }: Page, record: RunRecord, role: Role): boolean {
  const { info } = models[role];
  return info !== undefined && sameModel(record.models[role]?.info, info);
}

/** Everything that the run was made of lies on the page as it was, and there is an adapter to go on with. */
async function fits({ store, held }: KeeperContext, record: RunRecord): Promise<boolean> {
  const state = store.getState();
  const plain = (role: Role) => !record.models[role]?.adapter && !state.models[role].adapter;
  const same = (role: Role) => !record.models[role] || (liesThere(state, record, role) && plain(role));
  if (!roles.every(same) || Object.keys(record.adapters).length === 0) return false;
  const { rows, changes } = held();
  if (changes.edits.done.length > 0) return false;
  for (const split of splitNames) {
    const [own, dataset] = [record.data[split], state.data[split].dataset];
    if (!own) continue;
    if (dataset?.examples.length !== own.rows) return false;
    const files = rows[split]?.files.map(({ file }) => file);
    const print = own.fingerprint && files && (await fingerprint(new Blob(files)));
    if (print ? print !== own.fingerprint : dataset.name !== own.name) return false;
  }
  return true;
}

/** What was trained on the page goes out of the engine, and the run's adapters into it. False when another tab has the run. */
async function goOn({ store, series, client }: KeeperContext, there: Opened, runs: Runs, id: string): Promise<boolean> {
  const { shelf, keeper } = there;
  if (!(await shelf.claims.claim(id))) return false;
  const whole = await shelf.whole(id);
  if (!whole) return false;
  const { models } = store.getState();
  for (const role of roles) if (models[role].info) await client().discardAdapter(role);
  // What is still to be written is of the run before.
  await keeper.settled();
  const { recipe, demoValues } = whole.record;
  keeper.unwatched(() => {
    store.getState().setRecipe(recipe);
    store.getState().restore({ demoValues, ...resultsOf(whole) });
    series.restore(whole.curves);
  });
  keeper.takeUp(whole);
  for (const role of roles) {
    const { info } = models[role];
    if (info) await runs.putBack(role, info);
  }
  return true;
}
