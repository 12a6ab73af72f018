/** The matmul kernels in the page: what the engine has chosen, and a person's changes. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import type { SessionStore } from './session';
import type { KernelReport, KernelRequest } from './types';

/** What a person can ask for, in the order of the list. */
export const matmulKernels = [
  'automatic',
  'registers',
  'lanes',
  'tiles64',
  'tiles128',
  'matrices',
] as const satisfies readonly KernelReport['forced'][];

export interface KernelChooser {
  /** Asks for the report, after a change if there is one. Nothing happens from the start of a stage, or of all, to its end. */
  kernels(request?: KernelRequest): Promise<void>;
}

export function createKernelChooser(store: SessionStore, client: () => EngineClient): KernelChooser {
  /** Changes under way. */
  let asked = 0;
  return {
    kernels: async (request = {}) => {
      const { setKernels, notify, running, runningAll, inquiry } = store.getState();
      // Between two stages of all, the engine would be busy with this when the next one starts.
      if (running !== undefined || runningAll || inquiry) return;
      // A mere look is over at once: whoever starts a stage meanwhile must not be refused for it.
      const changes = Object.keys(request).length > 0 ? 1 : 0;
      asked += changes;
      setKernels({ busy: asked > 0 });
      try {
        setKernels({ report: await client().kernels(request) });
      } catch (error) {
        const failure = toFailure(error);
        if (failure.code !== 'worker-closed') notify(failure);
      } finally {
        asked -= changes;
        setKernels({ busy: asked > 0 });
      }
    },
  };
}
