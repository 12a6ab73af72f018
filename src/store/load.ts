/** Models and rows into the engine. What was there before stays when the new one cannot be used. */
import type { EngineClient } from '../worker/client';
import { demoSource } from './demo';
import { createLoading } from './loading';
import { createRowsLoader, type RowsLoader } from './rows';
import type { Series } from './series';
import type { SessionStore } from './session';
import type { FolderSource, ModelSource, Role, Split } from './types';

interface LoadedModel {
  readonly source: ModelSource;
  readonly demo: boolean;
}

export interface Loader extends RowsLoader {
  loadModel(role: Role, source: ModelSource): Promise<void>;
  loadDemoModel(role: Role): Promise<void>;
  /** Training starts from it; what was trained on that model before is gone. A refused one replaces nothing. */
  loadAdapter(role: Role, source: FolderSource): Promise<void>;
  discardAdapter(role: Role): Promise<void>;
  /** The demo pair and its rows, as the page starts. */
  loadDemo(): Promise<void>;
  /** The worker is gone, and what it held with it: nothing is shown as loaded, or as trained. */
  unload(): void;
  /** After a new worker and `unload`: everything that the one before held. */
  reload(): Promise<void>;
}

const roles: readonly Role[] = ['teacher', 'student'];
const splits: readonly Split[] = ['train', 'test'];
const always = (): boolean => true;

export function createLoader(store: SessionStore, series: Series, client: () => EngineClient, base: string): Loader {
  const models: Partial<Record<Role, LoadedModel>> = {};
  const adapters: Partial<Record<Role, FolderSource>> = {};
  const openDemo = demoSource(base);
  const loading = createLoading(store, series);
  const { refused, told, undo } = loading;
  const held = createRowsLoader(store, client, loading, openDemo);
  const { loadDemo: loadDemoRows, unload: unloadRows, reload: reloadRows, ...rows } = held;

  const takeModel = async (role: Role, loaded: LoadedModel): Promise<void> => {
    store.getState().setModel(role, { loading: true });
    try {
      const info = await client().loadModel(role, loaded.source);
      models[role] = loaded;
      delete adapters[role];
      store.getState().setModel(role, { info, demo: loaded.demo, adapter: undefined });
      store.getState().setMismatch(info.mismatch);
      undo(role);
    } finally {
      store.getState().setModel(role, { loading: false });
    }
  };

  const takeAdapter = async (role: Role, source: FolderSource): Promise<void> => {
    store.getState().setModel(role, { loading: true });
    try {
      const adapter = await client().loadAdapter(role, source);
      adapters[role] = source;
      store.getState().setModel(role, { adapter });
      undo(`${role}-adapter`);
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
    reload: async () => {
      await reloadRows();
      for (const role of roles) {
        const [held, adapter] = [models[role], adapters[role]];
        if (held && noModel(role)) await told(role, () => takeModel(role, held), 'model-reload', held.source.name);
        if (adapter && models[role] === held && !noModel(role))
          await told(role, () => takeAdapter(role, adapter), 'adapter-load', adapter.name);
      }
    },
  };
}
