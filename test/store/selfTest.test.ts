// The self-test in the page: what it shows while it runs, and what it and the stages must not do to each other.
import { expect, test } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import type { SelfTestProgress, SelfTestReport } from '../../src/store';
import { checkOf, selfTestOf } from '../support/fakeEngine';
import { codes, started, state, turn } from './bench';

const checks = [checkOf(), checkOf({ variant: 'tiles128', error: 1, passed: false })];

test('kernels come in one by one, and the report is there at the end', async () => {
  const { studio, engine } = await started();
  engine().selfTesting = selfTestOf(checks);
  const seen: number[] = [];
  studio.session.subscribe(({ selfTest }) => selfTest.running && seen.push(selfTest.checks.length));
  await studio.selfTest(true);
  expect(engine().calls.at(-1)).toBe('selfTest true');
  expect(new Set(seen)).toEqual(new Set([0, 1, 2]));
  expect(state(studio).selfTest).toMatchObject({ running: false, progress: undefined, checks, report: { checks } });
});

/** A self-test that has told one kernel and goes on until it is released. */
async function testing() {
  const { studio, engine, ...rest } = await started();
  const waiting: ((report: SelfTestReport) => void)[] = [];
  engine().selfTest = (_request, listen) => {
    engine().calls.push('selfTest');
    for (const progress of selfTestOf(checks).slice(0, 2) as SelfTestProgress[]) listen(progress);
    return new Promise((resolve) => waiting.push(resolve));
  };
  studio.selfTest();
  await turn();
  const release = async () => {
    waiting[0]?.({ checks, total: 2, stopped: false, milliseconds: 1 });
    await turn();
  };
  return { studio, engine, release, ...rest };
}

test('while it runs no stage starts and no second one, and a stop is passed on once it runs', async () => {
  const { studio, engine, release } = await testing();
  expect(state(studio).selfTest).toMatchObject({ running: true, progress: { done: 1 }, checks: [checks[0]] });
  await studio.run('baseline');
  await studio.runAll();
  await studio.selfTest();
  expect(codes(studio)).toEqual(['self-testing']);
  expect(engine().calls.filter((call) => /^(run|selfTest)/.test(call))).toEqual(['selfTest']);
  studio.stopSelfTest();
  expect(engine().calls.at(-1)).toBe('stopSelfTest');
  await release();
  studio.stopSelfTest();
  expect(engine().calls.filter((call) => call === 'stopSelfTest')).toHaveLength(1);
});

test('it is refused with a sentence while a stage runs, which goes when the stage ends', async () => {
  const { studio, engine } = await started();
  const run = studio.run('baseline');
  await turn();
  await studio.selfTest();
  expect([codes(studio), state(studio).selfTest.running]).toEqual([['busy-self-test'], false]);
  expect(engine().calls.some((call) => call.startsWith('selfTest'))).toBe(false);
  engine().finish({ outcome: 'done', steps: 0 });
  await run;
  expect(codes(studio)).toEqual([]);
});

test('one that the engine cannot run ends with its sentence, and a new engine begins without results', async () => {
  const { studio, engine } = await started();
  engine().selfTesting = selfTestOf(checks);
  await studio.selfTest();
  engine().failure = new StudioError('busy', 'A stage runs.');
  await studio.selfTest();
  expect([codes(studio), state(studio).selfTest.running]).toEqual([['busy'], false]);
  expect(state(studio).selfTest.report).toBeUndefined();
  await studio.selfTest();
  expect(state(studio).selfTest.report?.checks).toHaveLength(2);
  await studio.restart();
  expect(state(studio).selfTest).toEqual({ running: false, progress: undefined, checks: [], report: undefined });
});
