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
] as const satisfies readonly KernelReport['forced'][];

export interface KernelChooser {
  /** Asks for the report, after a change if there is one. */
  kernels(request?: KernelRequest): Promise<void>;
}

export function createKernelChooser(store: SessionStore, client: () => EngineClient): KernelChooser {
  return {
    kernels: async (request = {}) => {
      const { setKernels, notify } = store.getState();
      setKernels({ busy: true });
      try {
        setKernels({ report: await client().kernels(request) });
      } catch (error) {
        const failure = toFailure(error);
        if (failure.code !== 'worker-closed') notify(failure);
      } finally {
        setKernels({ busy: false });
      }
    },
  };
}
