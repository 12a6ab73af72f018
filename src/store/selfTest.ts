/** The self-test in the page: what has been compared so far, and why it cannot start. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { asking } from './ask';
import { noSelfTest } from './initialState';
import { busySaving, isSaving } from './save';
import type { SessionStore } from './session';
import type { Failure, SelfTestProgress } from './types';

export interface SelfTester {
  /**
   * Compares every kernel with its twin; nothing happens while it runs already. `all`: on a CPU adapter, kernels of graphics
   * cards too.
   */
  selfTest(all?: boolean): Promise<void>;
  /** After the kernel under way. */
  stopSelfTest(): void;
}

const busy: Failure = {
  code: 'busy-self-test',
  message: 'Wait until the stage ends, or stop it, then start the self-test.',
  detail: {},
};

export function createSelfTester(store: SessionStore, client: () => EngineClient): SelfTester {
  const listen = (progress: SelfTestProgress): void => {
    const { setSelfTest, selfTest } = store.getState();
    const { check } = progress;
    setSelfTest({ progress, checks: check ? [...selfTest.checks, check] : selfTest.checks });
  };
  return {
    selfTest: async (all = false) => {
      const { running, runningAll, saving, inquiry, selfTest, setSelfTest, notify } = store.getState();
      if (selfTest.running) return;
      if (running !== undefined || runningAll) return notify(busy);
      if (isSaving(saving)) return notify(busySaving);
      if (inquiry) return notify(asking(inquiry));
      setSelfTest({ ...noSelfTest, running: true });
      try {
        const report = await client().selfTest({ all }, listen);
        setSelfTest({ report, checks: report.checks });
      } catch (error) {
        const failure = toFailure(error);
        if (failure.code !== 'worker-closed') notify(failure);
      } finally {
        setSelfTest({ running: false, progress: undefined });
      }
    },
    stopSelfTest: () => {
      if (store.getState().selfTest.running) client().stopSelfTest();
    },
  };
}
