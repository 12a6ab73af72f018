// What the choice of matmul kernels and the stages must not do to each other.
import { expect, test } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import type { KernelReport } from '../../src/store';
import { evaluationOf, stepOf } from '../support/fakeEngine';
import { codes, started, state, turn } from './bench';

const report: KernelReport = { forced: 'automatic', variants: ['registers'], timings: [], matrices: false };

/** The engine's answers wait until they are released, first asked first answered. */
function holding(engine: Awaited<ReturnType<typeof started>>['engine']) {
  const waiting: (() => void)[] = [];
  engine().kernels = () => new Promise((resolve) => waiting.push(() => resolve(report)));
  return async () => {
    waiting.shift()?.();
    await turn();
  };
}

test('no stage starts while kernels are measured, and the result before it stays', async () => {
  const { studio, engine } = await started();
  engine().script = [{ type: 'evaluation', evaluation: evaluationOf('teacher-base', 0, 1, 2) }];
  const run = studio.run('baseline');
  await turn();
  engine().finish({ outcome: 'done', steps: 0 });
  await run;
  const runs = () => engine().calls.filter((call) => call.startsWith('run'));
  const release = holding(engine);
  studio.kernels({ measure: true });
  await studio.run('baseline');
  await studio.runAll();
  expect([codes(studio), runs()]).toEqual([['measuring'], ['run baseline']]);
  expect(state(studio).stages.baseline.state).toBe('done');
  expect(state(studio).evaluations['teacher-base']).toHaveLength(1);
  await release();
  const again = studio.run('baseline');
  await turn();
  expect(runs()).toEqual(['run baseline', 'run baseline']);
  engine().finish({ outcome: 'done', steps: 0 });
  await again;
});

test('kernels count as measured when the last answer has come', async () => {
  const { studio, engine } = await started();
  const release = holding(engine);
  studio.kernels({ measure: true });
  studio.kernels({ force: 'automatic' });
  await release();
  expect(state(studio).kernels).toEqual({ busy: true, report });
  await release();
  expect(state(studio).kernels).toEqual({ busy: false, report });
});

test('a look at the kernels, which diagnostics take when they are opened, keeps no stage from starting', async () => {
  const { studio, engine } = await started();
  const release = holding(engine);
  studio.kernels();
  const run = studio.run('baseline');
  await turn();
  expect([codes(studio), state(studio).running]).toEqual([[], 'baseline']);
  await release();
  expect(state(studio).kernels).toEqual({ busy: false, report });
  engine().finish({ outcome: 'done', steps: 0 });
  await run;
});

test('nobody looks at the kernels between the stages of a run of all', async () => {
  const { studio, engine } = await started();
  studio.session.subscribe(({ running }, before) => {
    if (before.running !== undefined && running === undefined) studio.kernels();
  });
  engine().script = [{ type: 'step', metrics: stepOf(1) }];
  const looks = () => engine().calls.filter((call) => call.startsWith('kernels'));
  const all = studio.runAll();
  for (const outcome of ['done', 'stopped'] as const) {
    await turn();
    engine().finish({ outcome, steps: 1 });
  }
  await all;
  expect(looks()).toEqual([]);
  await studio.kernels();
  expect(looks()).toHaveLength(1);
});

test('a wish is sent to the engine, and one that cannot be kept is told and not shown', async () => {
  const { studio, engine } = await started();
  await studio.kernels({ matrices: true });
  expect(engine().calls.at(-1)).toBe('kernels automatic false true');
  expect(state(studio).kernels.report?.matrices).toBe(true);
  engine().failure = new StudioError('wish-not-kept', 'No storage.');
  await studio.kernels({ matrices: false });
  expect(state(studio).kernels).toMatchObject({ busy: false, report: { matrices: true } });
  expect(codes(studio)).toEqual(['wish-not-kept']);
});
