/** Models from a Hub into the browser's storage. A token passes through to the engine and is remembered nowhere. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import type { SessionStore } from './session';
import type { HubRequest } from './types';

export interface Hub {
  findModel(request: HubRequest): Promise<void>;
  download(request: HubRequest): Promise<void>;
  cancelDownload(): void;
  /** Looks into the storage; asked when the list is opened. */
  listStored(): Promise<void>;
  deleteStored(key: string): Promise<void>;
}

/** What a person has asked for, or hears of elsewhere. */
const noNews: ReadonlySet<string> = new Set(['hub-cancelled', 'worker-closed']);

export function createHub(store: SessionStore, client: () => EngineClient): Hub {
  const { setHub, notify } = store.getState();

  /** Says what went wrong in the page; the promise itself never rejects. */
  const told = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const failure = toFailure(error);
      if (!noNews.has(failure.code)) notify(failure);
    }
  };

  const listStored = () => told(async () => setHub({ stored: await client().storedModels() }));

  return {
    listStored,
    findModel: async (request) => {
      setHub({ looking: true, found: undefined });
      await told(async () => setHub({ found: await client().findModel(request) }));
      setHub({ looking: false });
    },
    download: async (request) => {
      await told(async () => {
        await client().download(request, (progress) => setHub({ progress }));
        setHub({ found: undefined });
      });
      setHub({ progress: undefined });
      await listStored();
    },
    cancelDownload: () => client().cancelDownload(),
    deleteStored: (key) => told(async () => setHub({ stored: await client().deleteStored(key) })),
  };
}
