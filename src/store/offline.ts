/** What the page knows of its service worker: whether it would open without a network, and whether a newer version waits. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Ask } from '../serviceWorker/asks';

/** `page`: everything is kept but what is large. `failed`: no room, no leave, or a broken connection; a next visit tries again. */
export type Kept = 'unsupported' | 'keeping' | 'page' | 'all' | 'failed';

export interface OfflineState {
  /** Undefined before somebody wants it kept. */
  readonly kept: Kept | undefined;
  /** Whether a newer version is there, for the next visit; `otherTabs`: and was wanted at once, while they still show this one. */
  readonly newer: 'none' | 'waiting' | 'otherTabs';
}

export interface Offline {
  readonly state: StoreApi<OfflineState>;
  /** Has the page kept by the service worker at this address; settles when there is no more to wait for. Never rejects. */
  keep(script: string): Promise<void>;
  /** Has the newer version take over and loads the page again, unless other tabs show this one. */
  useNewer(): Promise<void>;
  /** No more is said of the newer version that waits now. */
  dismiss(): void;
}

export type Container = Pick<ServiceWorkerContainer, 'register' | 'controller'>;

/** `container` is undefined where the browser has none for this page; `reload` loads the page again. */
export function createOffline(container: Container | undefined, reload: () => void): Offline {
  const state = createStore<OfflineState>(() => ({ kept: undefined, newer: 'none' }));
  let registration: ServiceWorkerRegistration | undefined;

  const follow = async (worker: ServiceWorker | null): Promise<void> => {
    const waits = worker !== null && (await reached(worker, 'installed')) && worker.state === 'installed';
    // A page that comes straight from the network is no older than what waits.
    if (waits && container?.controller) state.setState({ newer: 'waiting' });
  };

  const register = async (script: string, at: Container): Promise<ServiceWorker> => {
    const found = await at.register(script);
    registration = found;
    found.addEventListener('updatefound', () => follow(found.installing));
    for (const worker of [found.installing, found.waiting]) follow(worker);
    const worker = found.active ?? found.waiting ?? found.installing;
    if (!worker || !(await reached(worker, 'activated'))) throw new Error('the files of the page did not all come');
    return worker;
  };

  return {
    state,
    keep: async (script) => {
      if (!container) return state.setState({ kept: 'unsupported' });
      state.setState({ kept: 'keeping' });
      try {
        const worker = await register(script, container);
        state.setState({ kept: 'page' });
        if (await ask(worker, 'rest')) state.setState({ kept: 'all' });
      } catch {
        state.setState({ kept: 'failed' });
      }
    },
    useNewer: async () => {
      const next = registration?.waiting;
      if (!next) return;
      if (!(await ask(next, 'takeOver'))) return state.setState({ newer: 'otherTabs' });
      if (await reached(next, 'activated')) reload();
    },
    dismiss: () => state.setState({ newer: 'none' }),
  };
}

const order: readonly ServiceWorkerState[] = ['installing', 'installed', 'activating', 'activated'];

/** True as soon as the worker has come so far, or further; false when it never will. */
function reached(worker: ServiceWorker, wanted: ServiceWorkerState): Promise<boolean> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (worker.state === 'redundant') resolve(false);
      else if (order.indexOf(worker.state) >= order.indexOf(wanted)) resolve(true);
      else return;
      worker.removeEventListener('statechange', look);
    };
    worker.addEventListener('statechange', look);
    look();
  });
}

function ask(worker: ServiceWorker, what: Ask): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      port1.close();
      resolve(data === true);
    };
    worker.postMessage(what, [port2]);
  });
}
