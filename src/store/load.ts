/** Models and rows into the engine. What was there before stays when the new one cannot be used. */
import type { EngineClient } from '../worker/client';
import { type Demo, demoSource } from './demo';
import { createLoading } from './loading';
import { createRowsLoader, type RowsLoader } from './rows';
import type { Held, HeldModel, Returning } from './runs/held';
import type { Series } from './series';
import type { SessionStore } from './session';
import type { FolderSource, ModelInfo, ModelSource, Role, Split } from './types';

export interface Loader extends RowsLoader {
  loadModel(role: Role, source: ModelSource): Promise<void>;
  loadDemoModel(role: Role): Promise<void>;
  /** Its place on the card is free for something else; what was trained on it is gone. */
  closeModel(role: Role): Promise<void>;
  /** Training starts from it; what was trained on that model before is gone. A refused one replaces nothing. */
  loadAdapter(role: Role, source: FolderSource): Promise<void>;
  discardAdapter(role: Role): Promise<void>;
  /** The demo pair and its rows, as the page starts. */
  loadDemo(): Promise<void>;
  /** The worker is gone, and what it held with it: nothing is shown as loaded, or as trained. */
  unload(): void;
  /** After a new worker and `unload`: everything that the one before held. `putBack` is asked when a model is there again. */
  reload(putBack?: (role: Role, info: ModelInfo) => Promise<void>): Promise<void>;
  /** What the engine was given, as it can be given again. */
  held(): Held;
  /** The model of this name is not loaded again. */
  forget(model: string): void;
  /** What `reload` is to load, but for what a person has opened already. */
  hold(held: Held): void;
  /** True while nothing can be opened, which the page then says. */
  refused(): boolean;
  /** The demo pair, fetched once. */
  openDemo(): Promise<Demo>;
}

const roles: readonly Role[] = ['teacher', 'student'];
const splits: readonly Split[] = ['train', 'test'];
const always = (): boolean => true;

/** `changed` is told after something new has undone what rested on the one before; what is in an empty place again undoes nothing. */
export function createLoader(
  store: SessionStore,
  series: Series,
  client: () => EngineClient,
  base: string,
  changed: () => void,
  returned: () => Returning,
): Loader {
  const models: Partial<Record<Role, HeldModel>> = {};
  const adapters: Partial<Record<Role, FolderSource>> = {};
  const openDemo = demoSource(base);
  const loading = createLoading(store, series, changed);
  const { refused, told, undo } = loading;
  const allRows = createRowsLoader(store, client, loading, openDemo, returned);
  const {
    loadDemo: loadDemoRows,
    unload: unloadRows,
    reload: reloadRows,
    held: heldRows,
    hold: holdRows,
    ...rows
  } = allRows;

  /** `instead` is what happens in place of undoing what rested on the model before. */
  const takeModel = async (
    role: Role,
    loaded: HeldModel,
    instead?: (info: ModelInfo) => Promise<void>,
  ): Promise<void> => {
    const empty = store.getState().models[role].info === undefined;
    store.getState().setModel(role, { loading: true });
    try {
      const info = await client().loadModel(role, loaded.source);
      models[role] = loaded;
      if (!instead) delete adapters[role];
      store.getState().setModel(role, { info, demo: loaded.demo, adapter: undefined });
      store.getState().setMismatch(info.mismatch);
      if (instead) await instead(info);
      else if (!(empty && (await returned().model(role, info)))) undo(role);
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

  /** What a person has chosen while the page was starting, or starting again, is not replaced. */
  const noModel = (role: Role): boolean => {
    const { loading, info } = store.getState().models[role];
    return !loading && info === undefined;
  };

  return {
    ...rows,
    loadDemoModel: (role) => loadDemoModel(role),
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
    closeModel: async (role) => {
      if (refused()) return;
      const work = async (): Promise<void> => {
        await client().closeModel(role);
        delete models[role];
        delete adapters[role];
        store.getState().setModel(role, { info: undefined, demo: false, adapter: undefined });
        store.getState().setMismatch(undefined);
        store.getState().dropDemoValues(role);
        undo(role);
      };
      await told(role, work, 'model-close', role);
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
    loadDemo: async () => {
      await loadDemoRows();
      for (const role of roles) if (noModel(role)) await loadDemoModel(role, () => noModel(role));
    },
    unload: () => {
      for (const role of roles) store.getState().setModel(role, { info: undefined, demo: false, adapter: undefined });
      store.getState().setMismatch(undefined);
      unloadRows();
      for (const what of [...roles, ...splits]) undo(what);
    },
    reload: async (putBack = async () => {}) => {
      await reloadRows();
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
    held: () => ({ models: { ...models }, ...heldRows() }),
    hold: (held) => {
      holdRows(held);
      for (const role of roles) if (held.models[role] && noModel(role)) models[role] = held.models[role];
    },
    forget: (model) => {
      for (const role of roles) if (models[role]?.source.name === model) delete models[role];
    },
    openDemo,
    refused,
  };
}
