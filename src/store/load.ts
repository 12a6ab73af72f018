/** Models and rows into the engine. What was there before stays when the new one cannot be used. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { type Demo, demoSource, fetchRows } from './demo';
import { chooseRows, type Dropped } from './files';
import type { Held, HeldModel, HeldRows } from './runs/held';
import { busySaving, isSaving } from './save';
import type { Series } from './series';
import type { SessionStore } from './session';
import { type Cause, subjectsOf } from './stages';
import type { Failure, FolderSource, ModelInfo, ModelSource, Place, Problem, Role, Split, Stage } from './types';

export interface Loader {
  loadModel(role: Role, source: ModelSource): Promise<void>;
  loadDemoModel(role: Role): Promise<void>;
  /** Training starts from it; what was trained on that model before is gone. A refused one replaces nothing. */
  loadAdapter(role: Role, source: FolderSource): Promise<void>;
  discardAdapter(role: Role): Promise<void>;
  loadRows(split: Split, dropped: readonly Dropped[]): Promise<void>;
  loadDemoRows(split: Split): Promise<void>;
  /** The demo pair and its rows, as the page starts. */
  loadDemo(): Promise<void>;
  /** The worker is gone, and what it held with it: nothing is shown as loaded, or as trained. */
  unload(): void;
  /** After a new worker and `unload`: everything that the one before held. `putBack` is asked when a model is there again. */
  reload(putBack?: (role: Role, info: ModelInfo) => Promise<void>): Promise<void>;
  /** What the engine was given, as it can be given again. */
  held(): Held;
  /** What `reload` is to load, but for what a person has opened already. */
  hold(held: Held): void;
  /** The demo pair, fetched once. */
  openDemo(): Promise<Demo>;
}

const roles: readonly Role[] = ['teacher', 'student'];
const splits: readonly Split[] = ['train', 'test'];
const always = (): boolean => true;
const busy: Failure = { code: 'busy-load', message: 'Wait until the stage ends, or stop it, then load.', detail: {} };

/** `changed` is told after something new has undone what rested on the one before. */
export function createLoader(
  store: SessionStore,
  series: Series,
  client: () => EngineClient,
  base: string,
  changed: () => void,
): Loader {
  const models: Partial<Record<Role, HeldModel>> = {};
  const adapters: Partial<Record<Role, FolderSource>> = {};
  const rows: Partial<Record<Split, HeldRows>> = {};
  const openDemo = demoSource(base);

  const refused = (): boolean => {
    const { running, saving, notify } = store.getState();
    if (running !== undefined) notify(busy);
    else if (isSaving(saving)) notify(busySaving);
    else return false;
    return true;
  };

  /**
   * Says what went wrong in the page; the promise itself never rejects. What was said of an earlier try at the same
   * place goes: it is no longer the last word.
   */
  const told = async (place: Place, work: () => Promise<void>, code: string, name: string): Promise<void> => {
    store.getState().retry(place);
    try {
      await work();
    } catch (error) {
      const failure = toFailure(error);
      // Without a GPU there is one sentence for the whole page; each load need not repeat it.
      if (store.getState().gpu.state === 'none' || failure.code === 'worker-closed') return;
      const plain = failure.code === 'internal';
      store.getState().notify(plain ? { ...failure, code, detail: { name, reason: failure.message } } : failure, place);
    }
  };

  const undo = (what: Cause): void => {
    const stages: readonly Stage[] = store.getState().undo(what);
    if (what === 'test') series.clearMeasured();
    for (const stage of stages) {
      series.clearStage(stage);
      for (const subject of subjectsOf[stage]) series.clearSubject(subject);
    }
    changed();
  };

  /** `instead` is what happens in place of undoing what rested on the model before. */
  const takeModel = async (
    role: Role,
    loaded: HeldModel,
    instead?: (info: ModelInfo) => Promise<void>,
  ): Promise<void> => {
    store.getState().setModel(role, { loading: true });
    try {
      const info = await client().loadModel(role, loaded.source);
      models[role] = loaded;
      if (!instead) delete adapters[role];
      store.getState().setModel(role, { info, demo: loaded.demo, adapter: undefined });
      store.getState().setMismatch(info.mismatch);
      if (instead) await instead(info);
      else undo(role);
    } finally {
      store.getState().setModel(role, { loading: false });
    }
  };

  const takeAdapter = async (role: Role, source: FolderSource, again = false): Promise<void> => {
    store.getState().setModel(role, { loading: true });
    try {
      const adapter = await client().loadAdapter(role, source);
      adapters[role] = source;
      store.getState().setModel(role, { adapter });
      if (!again) undo(`${role}-adapter`);
    } finally {
      store.getState().setModel(role, { loading: false });
    }
  };

  const takeRows = async (split: Split, next: HeldRows, again = false): Promise<void> => {
    const state = store.getState();
    state.setData(split, { loading: true });
    try {
      const dataset = await client().loadData(split, next.name, next.file);
      if (dataset.examples.length === 0) return unusable(split, next.name, dataset.problems);
      rows[split] = next;
      state.setData(split, { dataset, demo: next.demo, unfit: [] });
      if (!again) undo(split);
    } finally {
      state.setData(split, { loading: false });
    }
  };

  /** The engine keeps the rows it has; so does the page, with the reasons why the new ones cannot be used. */
  const unusable = (split: Split, name: string, problems: readonly Problem[]): void => {
    const [problem] = problems;
    const message = `“${name}” has no usable row. ${problem?.message ?? ''}`;
    store.getState().notify({ code: 'data-no-rows', message, detail: { name } }, split, problem);
  };

  /** `wanted` is asked once the demo has arrived: a person may have opened something else in the meantime. */
  const loadDemoModel = async (role: Role, wanted: () => boolean = always): Promise<void> => {
    if (refused()) return;
    await told(
      role,
      async () => {
        const { models: sources, values } = await openDemo();
        if (!wanted()) return;
        await takeModel(role, { source: sources[role], demo: true });
        store.getState().applyDemoValues(values.filter((value) => value.role === role));
      },
      'model-load',
      role,
    );
  };

  const loadDemoRows = async (split: Split, wanted: () => boolean = always): Promise<void> => {
    if (refused()) return;
    await told(
      split,
      async () => {
        const { name, url } = (await openDemo()).data[split];
        const file = await fetchRows(url);
        if (wanted()) await takeRows(split, { name, file, demo: true });
      },
      'data-load',
      split,
    );
  };

  /** What a person has chosen while the page was starting, or starting again, is not replaced. */
  const noRows = (split: Split): boolean => {
    const { loading, dataset } = store.getState().data[split];
    return !loading && dataset === undefined;
  };
  const noModel = (role: Role): boolean => {
    const { loading, info } = store.getState().models[role];
    return !loading && info === undefined;
  };

  return {
    loadDemoModel: (role) => loadDemoModel(role),
    loadDemoRows: (split) => loadDemoRows(split),
    loadModel: async (role, source) => {
      if (refused()) return;
      await told(
        role,
        async () => {
          await takeModel(role, { source, demo: false });
          store.getState().dropDemoValues(role);
        },
        'model-load',
        source.name,
      );
    },
    loadAdapter: async (role, source) => {
      if (!refused()) await told(role, () => takeAdapter(role, source), 'adapter-load', source.name);
    },
    discardAdapter: async (role) => {
      if (refused()) return;
      const work = async (): Promise<void> => {
        await client().discardAdapter(role);
        delete adapters[role];
        store.getState().setModel(role, { adapter: undefined });
        undo(`${role}-adapter`);
      };
      await told(role, work, 'adapter-load', role);
    },
    loadRows: async (split, dropped) => {
      if (refused()) return;
      const choice = chooseRows(dropped);
      if ('failure' in choice) {
        store.getState().retry(split);
        return store.getState().notify(choice.failure, split);
      }
      const { file } = choice;
      await told(split, () => takeRows(split, { name: file.name, file, demo: false }), 'data-load', file.name);
    },
    loadDemo: async () => {
      await Promise.all(splits.filter(noRows).map((split) => loadDemoRows(split, () => noRows(split))));
      for (const role of roles) if (noModel(role)) await loadDemoModel(role, () => noModel(role));
    },
    unload: () => {
      for (const role of roles) store.getState().setModel(role, { info: undefined, demo: false, adapter: undefined });
      store.getState().setMismatch(undefined);
      for (const split of splits) store.getState().setData(split, { dataset: undefined, unfit: [], demo: false });
      for (const what of [...roles, ...splits]) undo(what);
    },
    reload: async (putBack = async () => {}) => {
      for (const split of splits) {
        const own = rows[split];
        if (own && noRows(split)) await told(split, () => takeRows(split, own, true), 'data-reload', own.name);
      }
      for (const role of roles) {
        const [own, adapter] = [models[role], adapters[role]];
        // The adapter that training starts from comes first: what was trained from it would go with it.
        const again = async (info: ModelInfo): Promise<void> => {
          if (adapter) await told(role, () => takeAdapter(role, adapter, true), 'adapter-load', adapter.name);
          store.getState().setModel(role, { loading: true });
          await putBack(role, info);
        };
        if (own && noModel(role)) await told(role, () => takeModel(role, own, again), 'model-reload', own.source.name);
      }
    },
    held: () => ({ models: { ...models }, rows: { ...rows } }),
    hold: (held) => {
      for (const split of splits) if (held.rows[split] && noRows(split)) rows[split] = held.rows[split];
      for (const role of roles) if (held.models[role] && noModel(role)) models[role] = held.models[role];
    },
    openDemo,
  };
}
