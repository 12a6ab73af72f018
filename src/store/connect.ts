/** The studio of one page: session, curves and the engine behind its client, wired once. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { type Checkpoints, createCheckpoints } from './checkpoints';
import { createExports, type Exports } from './exports';
import { browserShelf, keepForecast } from './forecast';
import { createHub, type Hub } from './hub';
import { noSelfTest } from './initialState';
import { createKernelChooser, type KernelChooser } from './kernels';
import { createLoader, type Loader } from './load';
import { counter, keepLooked } from './look';
import { keepPlanned } from './memory';
import { createPush, type PushActions } from './push';
import { exportRecipe, takeRecipe } from './recipeFile';
import { createRecovery, notRecovered, type RecoveryContext } from './recovery';
import { createRunner, type Runner } from './run';
import { factsNow } from './runs/factsNow';
import type { Library } from './runs/library';
import { createReopener, type Reopener } from './runs/reopen';
import { createRuns } from './runs/runs';
import type { Storage } from './runs/shelf';
import { createSaver, type Saver } from './save';
import { createSelfTester, type SelfTester } from './selfTest';
import { createSeries, type Series } from './series';
import { createSession, type SessionStore } from './session';
import { createTalk, type Talk } from './talk';
import { createTokenLook, type TokenLook } from './tokens';
import { createTrying, type Trying } from './trying';
import type { Failure, Problem, RowPlace, RowTokens, Split } from './types';
import { createVouching, type Vouching } from './vouching';

type Private = 'forget' | 'held' | 'hold' | 'openDemo' | 'refused';

export interface Studio
  extends Omit<Loader, Private>,
    Runner,
    Saver,
    Exports,
    Hub,
    PushActions,
    KernelChooser,
    SelfTester,
    Talk,
    TokenLook,
    Vouching,
    Trying,
    Checkpoints,
    Library,
    Reopener {
  readonly session: SessionStore;
  readonly series: Series;
  /** One row as the model that learns first is trained on it; undefined without one, or where the row is gone. */
  rowTokens(split: Split, place: RowPlace): Promise<RowTokens | Problem | undefined>;
  /** The settings as a file for `npm run headless` and for this page; `schema` is the address of its JSON schema. */
  exportRecipe(schema: string): string;
  /** True when the settings are now those of the file. */
  importRecipe(file: File): Promise<boolean>;
  /** Opens the GPU and loads the demo; called once. */
  start(): Promise<void>;
  /** A new worker in place of a lost one. Models and rows are loaded again; what was trained in the old one is gone. */
  restart(): Promise<void>;
}

/**
 * `base` is the address that `demo.json` stands beside; `newClient` starts a worker; `storage` is where runs are kept, and
 * nothing is kept without it.
 */
export function createStudio(
  newClient: () => EngineClient,
  base: string,
  series: Series = createSeries(),
  storage?: () => Promise<Storage>,
  recovering: Pick<RecoveryContext, 'wait' | 'now'> = {},
): Studio {
  const session = createSession();
  let client: EngineClient | undefined;
  const current = (): EngineClient => {
    client ??= watched(newClient(), session, (failure) => afterLoss(failure));
    return client;
  };
  const changed = () => runs.watch.changed();
  const loader = createLoader(session, series, current, base, changed, () => runs.returned);
  const context = { store: session, series, client: current, held: loader.held, now: () => Date.now() };
  const runs = createRuns(context, storage);
  const runner = createRunner(session, series, current, runs.watch);
  const schema = new URL('recipe.schema.json', base).href;
  const saver = createSaver(session, current, async () => {
    return { ...(await factsNow(context, runs.opened()?.keeper)), schema };
  });
  const exports = createExports(session, {
    root: () => navigator.storage.getDirectory(),
    locks: () => navigator.locks,
  });
  const checkpoints = createCheckpoints(session, current, runs.keys);
  const hub = createHub(session, current);
  const kernels = createKernelChooser(session, current);
  const selfTester = createSelfTester(session, current);
  keepPlanned(session, current);
  keepLooked(session, current);
  keepForecast(
    session,
    browserShelf(() => localStorage),
  );

  const open = async (): Promise<boolean> => {
    session.getState().setGpu({ state: 'opening' });
    try {
      session.getState().setGpu({ state: 'open', facts: await current().open() });
      return true;
    } catch (error) {
      session.getState().setGpu({ state: 'none', failure: toFailure(error) });
      return false;
    }
  };

  const restart = async (): Promise<void> => {
    client?.close();
    client = undefined;
    session.getState().setLost(false);
    session.getState().setKernels({ report: undefined });
    session.getState().setSelfTest(noSelfTest);
    const opened = await open();
    runs.survive(loader.unload);
    if (!opened) {
      session.getState().setLost(true);
      return session.getState().notify(notRecovered);
    }
    await loader.reload(runs.putBack);
    await checkpoints.listCheckpoints();
  };
  /** What made the engine hang is not given to the next one: it would hang as well. */
  const afterLoss = (failure: Failure): void => {
    if (failure.code === 'tokenizer-stuck') loader.forget(String(failure.detail.model));
    else recover();
  };
  const recover = createRecovery({ store: session, runner, restart, ...recovering });

  return {
    ...loader,
    ...runner,
    ...saver,
    ...exports,
    ...createVouching(session, current, exports),
    ...createTrying(session, exports),
    ...checkpoints,
    rowTokens: async (split, place) => {
      const role = counter(session.getState());
      if (!role) return undefined;
      try {
        return await current().rowTokens(split, place, role, session.getState().recipe);
      } catch {
        // Deleted, or the engine is gone, which the page says by itself.
        return undefined;
      }
    },
    exportRecipe: (schema) => exportRecipe(session.getState(), schema),
    importRecipe: (file) => takeRecipe(session, file),
    ...hub,
    ...createPush(session, current),
    ...createTalk(session, current),
    ...createTokenLook(session, current),
    ...kernels,
    ...selfTester,
    ...runs.library,
    ...createReopener(context, loader, runs),
    session,
    series,
    start: async () => {
      const recalled = await runs.recall();
      // Without a GPU too: what lay on the page must not be written over by an empty one.
      if (recalled) loader.hold(await runs.inputs(recalled, loader.openDemo));
      // Large models take minutes to load: what is typed meanwhile is kept.
      const kept = runs.keep();
      // What was interrupted is offered by the time that its stage could be started anew.
      const listed = checkpoints.listCheckpoints();
      const opened = await open();
      await listed;
      if (opened) await (recalled ? loader.reload(runs.putBack) : loader.loadDemo());
      await kept;
      await exports.listExports();
    },
    restart,
  };
}

/** `lost` is told when its sentence is on the page. */
function watched(client: EngineClient, session: SessionStore, lost: (failure: Failure) => void): EngineClient {
  client.lost.then((failure) => {
    if (failure.code === 'worker-closed') return;
    session.getState().setLost(true);
    session.getState().notify(failure);
    lost(failure);
  });
  return client;
}
