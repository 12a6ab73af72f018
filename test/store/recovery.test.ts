// An engine that is lost while a stage runs: opened again once, and not again and again.
import { expect, test } from 'vitest';
import { createRecovery, isAtWork } from '../../src/store/recovery';
import { createSession } from '../../src/store/session';
import type { Stage } from '../../src/store/types';
import { facts } from '../support/fakeFacts';
import { turn } from './bench';

function bench() {
  const store = createSession();
  const calls: string[] = [];
  const phases: string[] = [];
  /** Phases in which the page could be put to sleep. */
  const asleep: string[] = [];
  store.subscribe((now, before) => {
    if (!now.recovery) return;
    if (now.recovery !== before.recovery) phases.push(now.recovery.phase);
    if (!isAtWork(now)) asleep.push(now.recovery.phase);
  });
  const clock = { now: 0, opens: true };
  const runner = {
    goOn: async (stage: Stage) => void calls.push(`goOn ${stage}`),
    runAll: async () => void calls.push('runAll'),
    pause: () => void calls.push('pause'),
  };
  const restart = async (): Promise<void> => {
    calls.push('restart');
    const failure = { code: 'no-adapter', message: '', detail: {} };
    store.getState().setGpu(clock.opens ? { state: 'open', facts } : { state: 'none', failure });
    store.getState().setLost(!clock.opens);
  };
  const wait = async (milliseconds: number) => void calls.push(`wait ${milliseconds}`);
  const recover = createRecovery({ store, runner, restart, wait, now: () => clock.now });
  /** A stage that runs when the engine is lost, and says so a moment later. */
  const lose = async (stage: Stage, all = false): Promise<void> => {
    store.getState().setRunningAll(all);
    store.getState().begin(stage, stage === 'sft' ? 'key' : undefined);
    const done = recover();
    await turn();
    expect(
      calls.filter((call) => call === 'restart'),
      'it waits for the stage to end',
    ).toEqual(restarts());
    store.getState().end('failed');
    store.getState().setRunningAll(false);
    await done;
  };
  let before: string[] = [];
  const restarts = () => before.filter((call) => call === 'restart');
  return {
    ...{ store, phases, asleep, clock },
    lose: async (stage: Stage, all = false) => {
      before = [...calls];
      await lose(stage, all);
      return calls.slice(before.length);
    },
    recover,
    codes: () => store.getState().notices.map(({ failure }) => failure.code),
  };
}

test('a training goes on from its checkpoint, with a sentence for every part of the way', async () => {
  const { lose, phases, asleep, codes, store } = bench();
  expect(await lose('sft')).toEqual(['wait 3000', 'restart', 'goOn sft']);
  expect(phases).toEqual(['waiting', 'opening', 'going-on']);
  expect(asleep).toEqual([]);
  expect(isAtWork(store.getState()), 'negative control').toBe(false);
  expect([codes(), store.getState().recovery]).toEqual([['recovered'], undefined]);
});

test('so does any other stage, and where all of them were running, what is left of them', async () => {
  expect((await bench().lose('baseline')).at(-1)).toBe('goOn baseline');
  expect((await bench().lose('sft', true)).at(-1)).toBe('runAll');
});

test('not twice within two minutes', async () => {
  const { lose, recover, codes, clock, store } = bench();
  await lose('sft');
  clock.now = 119_999;
  store.getState().begin('sft', 'key');
  await recover();
  expect([codes(), store.getState().recovery]).toEqual([['lost-again'], undefined]);
  clock.now = 120_000;
  expect(await lose('sft')).toContain('goOn sft');
});

test('what was paused waits again, and what was to be paused or stopped is', async () => {
  const lost = async (ask: (store: ReturnType<typeof createSession>) => void) => {
    const { store, lose, codes } = bench();
    const forget = store.subscribe(({ running }) => {
      if (running === undefined) return;
      forget();
      ask(store);
    });
    return [(await lose('sft')).slice(2), codes()];
  };
  const pause = (store: ReturnType<typeof createSession>) => store.getState().setStage('sft', { state: 'paused' });
  expect(await lost(pause)).toEqual([['goOn sft', 'pause'], ['recovered']]);
  expect(await lost((store) => store.getState().ask('pause'))).toEqual([['goOn sft', 'pause'], ['recovered']]);
  const resume = (store: ReturnType<typeof createSession>) => {
    pause(store);
    store.getState().ask('resume');
  };
  expect(await lost(resume), 'negative control').toEqual([['goOn sft'], ['recovered']]);
  expect(await lost((store) => store.getState().ask('stop'))).toEqual([[], ['opened-again']]);
});

test('an engine that does not open is left to the person', async () => {
  const { lose, store, clock } = bench();
  clock.opens = false;
  expect((await lose('sft')).at(-1)).toBe('restart');
  expect([store.getState().recovery, store.getState().lost]).toEqual([undefined, true]);
});

test('where nothing runs, nothing is begun', async () => {
  const { recover, phases, codes } = bench();
  await recover();
  expect([phases, codes()]).toEqual([[], []]);
});
