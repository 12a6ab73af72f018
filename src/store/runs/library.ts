/** What a person does with kept runs and saved recipes. Nothing here rejects: what goes wrong is said in the page. */

import { adapterNames } from '../../engine/runs/names';
import type { RunRecord } from '../../engine/runs/record';
import type { WholeRun } from '../../engine/runs/wholeRun';
import { toFailure } from '../../worker/failure';
import type { SessionStore } from '../session';
import type { Failure } from '../types';
import type { Keeper } from './keeper';
import type { Shelf } from './shelf';
import { sweep } from './sweep';

/** Undefined where the browser gives no storage. */
export interface Opened {
  readonly shelf: Shelf;
  readonly keeper: Keeper;
}

export interface Library {
  /** The list and the space it takes, read anew. */
  listRuns(): Promise<void>;
  /** Asks the browser to promise that a full disk is no reason to clear anything away. */
  askToKeep(): Promise<void>;
  amendRun(id: string, change: Partial<Pick<RunRecord, 'name' | 'note'>>): Promise<void>;
  deleteRun(id: string): Promise<void>;
  /** A kept run with its curves and answers, the running one as it is now; undefined when it is gone. */
  wholeRun(id: string): Promise<WholeRun | undefined>;
  /**
   * The run as a zip with its adapters; `report` is its page, `schema` the address of the recipe's JSON schema. Files of
   * adapters that are gone are left out.
   */
  zipRun(run: WholeRun, report: string, schema: string): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Draws the curves of these runs into the charts beside the page's own. */
  overlayRuns(ids: readonly string[]): Promise<void>;
  /** True when the settings of the page are kept under that name; one that has it is written over. */
  saveRecipe(name: string): Promise<boolean>;
  /** True when the settings of the page are those now. */
  applyRecipe(name: string): Promise<boolean>;
  deleteRecipe(name: string): Promise<void>;
}

const elsewhere: Failure = {
  code: 'run-elsewhere',
  message: 'Another tab goes on with this run: change or delete it there, or close that tab.',
  detail: {},
};

export function createLibrary(store: SessionStore, opened: () => Opened | undefined): Library {
  const told = async <T>(otherwise: T, work: (opened: Opened) => Promise<T>): Promise<T> => {
    const there = opened();
    if (!there) return otherwise;
    try {
      return await work(there);
    } catch (error) {
      const { message: reason } = toFailure(error);
      const message = `The browser's storage refused it: ${reason}`;
      store.getState().notify({ code: 'runs-storage', message, detail: { reason } });
      return otherwise;
    }
  };

  /** What another tab goes on with is neither written over nor taken from under it, whatever the list said when it was read. */
  const mine = async ({ claims }: Shelf, id: string): Promise<boolean> => {
    const got = await claims.claim(id);
    if (!got) store.getState().notify(elsewhere);
    return got;
  };

  const listRuns = () =>
    told(undefined, async ({ shelf, keeper }) => {
      await keeper.settled();
      const [{ runs: list, unreadable }, recipes, elsewhere] = await Promise.all([
        shelf.list(),
        shelf.recipes(),
        shelf.claims.elsewhere(),
      ]);
      // What is written is as old as the last write; the page's own run is known better.
      const now = list.map((run) => (run.id === keeper.current?.id ? keeper.current : run));
      store.getState().setRuns({ list: now, unreadable, recipes, elsewhere: [...elsewhere] });
      // Nobody waits for the list until what nobody needs has gone.
      await sweep(shelf, { run: keeper.current, writing: store.getState().running !== undefined });
      store.getState().setRuns({ used: await shelf.space(), persisted: await shelf.promised() });
    });

  const wholeRun = (id: string) =>
    told(undefined, async ({ shelf, keeper }): Promise<WholeRun | undefined> => {
      const own = keeper.current?.id === id ? keeper.whole() : undefined;
      return own ?? (await shelf.whole(id));
    });

  return {
    listRuns,
    wholeRun,
    askToKeep: () =>
      told(undefined, async ({ shelf }) => {
        await shelf.persist(true);
        await listRuns();
      }),
    amendRun: (id, change) =>
      told(undefined, async ({ shelf, keeper }) => {
        if (keeper.current?.id === id) keeper.amend(change);
        else if (await mine(shelf, id)) {
          const record = await shelf.record(id);
          if (record) await shelf.write([{ table: 'runs', key: id, value: { ...record, ...change } }]);
          shelf.claims.release(id);
        }
        await listRuns();
      }),
    deleteRun: (id) =>
      told(undefined, async ({ shelf, keeper }) => {
        if (keeper.current?.id === id) keeper.forget();
        await keeper.settled();
        if (await mine(shelf, id)) await shelf.remove(id);
        await listRuns();
      }),
    zipRun: (run, report, schema) =>
      told(undefined, async ({ shelf }) => {
        const found = adapterNames.map(async (artifact) => {
          const kept = run.record.adapters[artifact];
          const files = kept && (await shelf.files.files(kept).catch(() => undefined));
          return files ? [{ artifact, files }] : [];
        });
        // Few who open the page make a zip on this visit.
        const { archive } = await import('./archive');
        return archive({ run, adapters: (await Promise.all(found)).flat(), report, schema });
      }),
    overlayRuns: (ids) =>
      told(undefined, async ({ keeper }) => {
        const others = ids.filter((id) => id !== keeper.current?.id);
        const runs = await Promise.all(others.map(wholeRun));
        const overlays = runs.flatMap((run) =>
          run ? [{ id: run.record.id, name: run.record.name, data: run.curves }] : [],
        );
        store.getState().setOverlays(overlays);
      }),
    saveRecipe: (name) =>
      told(false, async ({ shelf }) => {
        const { recipe } = store.getState();
        const value = { name, saved: Date.now(), recipe };
        await shelf.write([{ table: 'recipes', key: name, value }]);
        await listRuns();
        return true;
      }),
    applyRecipe: (name) =>
      told(false, async ({ shelf }) => {
        const { running, runningAll, notify, setRecipe } = store.getState();
        if (running !== undefined || runningAll) {
          notify({ code: 'busy-import', message: 'Settings are locked while a stage runs.', detail: {} });
          return false;
        }
        const found = (await shelf.recipes()).find((saved) => saved.name === name);
        if (found) setRecipe(found.recipe);
        return found !== undefined;
      }),
    deleteRecipe: (name) =>
      told(undefined, async ({ shelf }) => {
        await shelf.write([{ table: 'recipes', key: name }]);
        await listRuns();
      }),
  };
}
