/** Kept runs of one page: storage opened once, the last visit shown again, and everything afterwards kept. */
import { fingerprint } from '../../engine/runs/fingerprint';
import { toFailure } from '../../worker/failure';
import type { Demo } from '../demo';
import { usable } from '../stages';
import type { Failure, ModelInfo, Role } from '../types';
import { putBack, sameModel } from './adapters';
import type { Held, Returning } from './held';
import { Keeper, type KeeperContext, type Watch } from './keeper';
import { createLibrary, type Library, type Opened } from './library';
import { inputsOf, type Recalled, recall, show } from './recall';
import { unchanged } from './rowsKept';
import { Shelf, type Storage } from './shelf';
import { resultsOf } from './snapshot';

export interface Runs {
  /** Undefined before storage was opened, and where there is none. */
  readonly opened: () => Opened | undefined;
  readonly library: Library;
  readonly watch: Watch;
  /** Shows what the page showed at the last visit; undefined when there is nothing, or nowhere to look. */
  recall(): Promise<Recalled | undefined>;
  /** What was loaded then, to be loaded again. */
  inputs(recalled: Recalled, demo: () => Promise<Demo>): Promise<Held>;
  /** From now on everything is kept. */
  keep(): Promise<void>;
  /** The engine holds a model again: what was trained of it goes back. */
  putBack(role: Role, info: ModelInfo): Promise<void>;
  readonly returned: Returning;
  /** Of the checkpoints that kept runs name; undefined where that cannot be known. */
  keys(): Promise<ReadonlySet<string> | undefined>;
  /** The engine has lost everything: `unload` empties the page, and the results are shown again. */
  survive(unload: () => void): void;
}

const elsewhere: Failure = {
  code: 'desk-elsewhere',
  message: 'Another tab goes on with the last visit. Rows, models and settings of this tab are not kept; its runs are.',
  detail: {},
};

/** `storage` is undefined where nothing is to be kept. */
export function createRuns(context: KeeperContext, storage: (() => Promise<Storage>) | undefined): Runs {
  const { store, series, client } = context;
  let opened: Opened | undefined;
  const library = createLibrary(store, () => opened);

  const puttingBack = () => {
    const run = opened?.keeper.current;
    return opened && run && { store, run, shelf: opened.shelf, client };
  };

  const open = async (): Promise<void> => {
    if (!storage || opened) return;
    try {
      const shelf = new Shelf(await storage());
      opened = { shelf, keeper: new Keeper(context, shelf) };
      store.getState().setRuns({ state: 'kept' });
    } catch (error) {
      const { message: reason } = toFailure(error);
      const message = `Runs cannot be kept: the browser gives this page no storage (${reason}). Everything else works.`;
      store.getState().setRuns({ state: 'unavailable' });
      store.getState().notify({ code: 'runs-unavailable', message, detail: { reason } });
    }
  };

  /** What lies on the desk stays as it is; runs of this tab are kept all the same. */
  const leaveDesk = (why: Failure): undefined => {
    opened?.keeper.leaveDesk();
    store.getState().notify(why);
  };

  /** The page works without, and does not write over what it could not read. */
  const notRead = (error: unknown): undefined => {
    const { message: reason } = toFailure(error);
    const message = `What lay on the page at the last visit could not be read from the browser's storage (${reason}).`;
    return leaveDesk({ code: 'desk-not-read', message, detail: { reason } });
  };

  return {
    opened: () => opened,
    library,
    watch: {
      starting: (...begun) => opened?.keeper.starting(...begun),
      replacing: (stage) => opened?.keeper.replacing(stage),
      finishing: async (stage, steps) => opened?.keeper.finishing(stage, steps) ?? true,
      ended: async () => opened?.keeper.ended() ?? true,
      changed: () => opened?.keeper.changed(),
    },
    recall: async () => {
      await open();
      if (!opened) return undefined;
      const recalled = await recall(opened.shelf).catch(notRead);
      if (recalled === 'elsewhere') leaveDesk(elsewhere);
      if (!recalled || recalled === 'elsewhere') return undefined;
      show(recalled, store, series);
      opened.keeper.goOn(recalled.desk, recalled.whole);
      return recalled;
    },
    inputs: async (recalled, demo) => {
      const found = opened && (await inputsOf(recalled, opened.shelf, demo, store).catch(notRead));
      return found ?? { rows: {}, models: {}, changes: unchanged };
    },
    keep: async () => {
      opened?.keeper.watch();
      // Whoever comes back from another tab may have made or deleted runs there.
      globalThis.addEventListener?.('focus', () => library.listRuns());
      await library.listRuns();
    },
    putBack: async (role, info) => {
      const putting = puttingBack();
      if (putting) await putBack(putting, role, info);
    },
    returned: {
      model: async (role, info) => {
        const putting = puttingBack();
        if (!putting || !sameModel(putting.run.models[role]?.info, info)) return false;
        await putBack(putting, role, info);
        // With a teacher, the engine has let go of what its student had learnt.
        const { stages, models, setStage } = store.getState();
        const student = role === 'teacher' && models.student.info;
        if (!student || !usable(stages.distill)) return true;
        setStage('distill', { state: 'past' });
        await putBack(putting, 'student', student);
        return true;
      },
      rows: async (split, { files }) => {
        const known = opened?.keeper.current?.data[split]?.fingerprint;
        return known !== undefined && known === (await fingerprint(new Blob(files.map(({ file }) => file))));
      },
    },
    keys: async () => {
      try {
        if (!opened || (await opened.shelf.claims.elsewhere()).size > 0) return undefined;
        return (await opened.shelf.named())?.checkpoints;
      } catch {
        return undefined;
      }
    },
    survive: (unload) => {
      const whole = opened?.keeper.whole();
      if (!opened || !whole) return unload();
      opened.keeper.unwatched(() => {
        unload();
        store.getState().restore(resultsOf(whole));
        series.restore(whole.curves);
      });
    },
  };
}
