/** The studio of one page: session, curves and the engine behind its client, wired once. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { createLoader, type Loader } from './load';
import { keepPlanned } from './memory';
import { createRunner, type Runner } from './run';
import { createSeries, type Series } from './series';
import { createSession, type SessionStore } from './session';

export interface Studio extends Loader, Runner {
  readonly session: SessionStore;
  readonly series: Series;
  /** Opens the GPU and loads the demo; called once. */
  start(): Promise<void>;
  /** A new worker in place of a lost one. Models and rows are loaded again; what was trained in the old one is gone. */
  restart(): Promise<void>;
}

/** `base` is the address that `demo.json` stands beside; `newClient` starts a worker. */
export function createStudio(newClient: () => EngineClient, base: string, series: Series = createSeries()): Studio {
  const session = createSession();
  let client: EngineClient | undefined;
  const current = (): EngineClient => {
    client ??= watched(newClient(), session);
    return client;
  };
  const loader = createLoader(session, series, current, base);
  const runner = createRunner(session, series, current);
  keepPlanned(session, current);

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

  return {
    ...loader,
    ...runner,
    session,
    series,
    start: async () => {
      if (await open()) await loader.loadDemo();
    },
    restart: async () => {
      client?.close();
      client = undefined;
      session.getState().setLost(false);
      const opened = await open();
      loader.unload();
      if (opened) await loader.reload();
    },
  };
}

function watched(client: EngineClient, session: SessionStore): EngineClient {
  client.lost.then((failure) => {
    if (failure.code === 'worker-closed') return;
    session.getState().setLost(true);
    session.getState().notify(failure);
  });
  return client;
}
