// A stage that is refused, or ends before it has anything of its own, takes nothing from the page.
import { expect, test, vi } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import type { MergeReport, Stage, StageEvent } from '../../src/store';
import { evaluationOf } from '../support/fakeEngine';
import { memoryStorage } from '../support/memoryStorage';
import { type Bench, codes, started, state, turn } from './bench';
import { begin, kept, reloaded, run, scripts } from './keptRuns';

const report: MergeReport = { modules: [], rounding: 0, logits: undefined };
const plan = { bytes: 7, tooLarge: false } as unknown as Extract<StageEvent, { type: 'plan' }>['plan'];
const unfit = { line: 2, code: 'row-too-long', message: 'long', detail: {} } as const;

/** Everything that has results, with a report, a measured memory, a saved result and rows that did not fit. */
async function finished(made: Bench): Promise<void> {
  await run(made, 'baseline', 'sft', 'merge', 'distill', 'evaluate', 'control');
  const session = state(made.studio);
  session.setMergeReport(report);
  for (const stage of Object.keys(scripts) as Stage[]) session.setHeld(stage, { planned: 1 });
  const saved = { folder: 'teacher-merged', files: [], bytes: 1 };
  session.setSaving({ artifact: 'teacher-merged', zip: false, chosen: false, bytes: 1, total: 1, saved });
  session.addUnfit('train', [unfit]);
}

const shown = ({ studio }: Bench) => {
  const { stages, evaluations, mergeReport, stepWork, saving, data, memory, lastMeasured } = state(studio);
  const { held } = memory;
  const series = studio.series.snapshot();
  return { stages, evaluations, mergeReport, stepWork, saving, lastMeasured, held, unfit: data.train.unfit, series };
};

const all: readonly Stage[] = ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'];

test.each(all)('%s that the engine refuses leaves everything as it was', async (stage) => {
  const made = await started();
  await finished(made);
  const before = shown(made);
  made.engine().failure = new StudioError('busy', 'busy');
  await made.studio.run(stage);
  expect([codes(made.studio), shown(made)]).toEqual([['busy'], before]);
  // Whoever is told of the end hears how this start ended, not the one that left the results.
  expect(state(made.studio).ended).toBe('failed');
});

const beginnings: readonly StageEvent[] = [
  { type: 'phase', phase: 'tokenizing', done: 0, total: 1 },
  { type: 'plan', plan },
  { type: 'phase', phase: 'compiling', done: 0, total: 1 },
];

test.each(all)('%s for which there is not enough memory leaves the results as they were', async (stage) => {
  const made = await started();
  await finished(made);
  const { unfit: _, ...before } = shown(made);
  made.engine().run = async (_stage, _recipe, listen) => {
    for (const event of beginnings) listen(event);
    listen({ type: 'held', held: { tensors: 1, others: 1 } });
    throw new StudioError('gpu-memory', 'no memory', { reason: 'none' });
  };
  await made.studio.run(stage);
  expect([codes(made.studio), shown(made)]).toMatchObject([['gpu-memory'], before]);
  // The engine has begun to read the rows: what did not fit is told anew.
  expect(shown(made).unfit).toEqual([]);
});

test.each(all)('%s that is stopped before it has anything leaves the results as they were', async (stage) => {
  const made = await started();
  await finished(made);
  const before = shown(made);
  made.engine().script = beginnings.slice(0, 1);
  const running = made.studio.run(stage);
  await turn();
  expect(state(made.studio).stages[stage].state).toBe('running');
  expect(state(made.studio).evaluations).toEqual(before.evaluations);
  made.studio.stop();
  // A merge tells the steps of its adapter.
  made.engine().finish({ outcome: 'stopped', steps: stage === 'merge' ? 2 : 0 });
  await running;
  expect(shown(made)).toEqual({ ...before, unfit: [] });
});

test('the first answer replaces what was measured before, of both models, and what rested on it', async () => {
  const made = await started();
  await finished(made);
  made.engine().script = [{ type: 'evaluation', evaluation: evaluationOf('teacher-base', 0, 1, 2) }];
  const baseline = made.studio.run('baseline');
  await turn();
  const { evaluations } = state(made.studio);
  expect([evaluations['teacher-base'].length, evaluations['student-base']]).toEqual([1, []]);
  made.engine().finish({ outcome: 'stopped', steps: 0 });
  await baseline;
  expect(state(made.studio).stages.baseline.state).toBe('stopped');
  made.engine().script = [{ type: 'merged', report: { ...report, rounding: 1 } }];
  const merge = made.studio.run('merge');
  await turn();
  const now = state(made.studio);
  expect([now.mergeReport?.rounding, now.saving, now.stages.distill.state]).toEqual([1, undefined, 'idle']);
  expect([now.evaluations['teacher-merged'], now.evaluations['student-distilled']]).toEqual([[], []]);
  made.engine().finish({ outcome: 'stopped', steps: 2 });
  await merge;
  expect(state(made.studio).stages.merge).toMatchObject({ state: 'stopped', steps: 2 });
});

test('a first merge that is stopped before its answers is there; a refused first stage has failed', async () => {
  const made = await started();
  await run(made, 'sft');
  made.engine().script = [];
  const merge = made.studio.run('merge');
  await turn();
  made.engine().finish({ outcome: 'stopped', steps: 2 });
  await merge;
  expect(state(made.studio).stages.merge).toMatchObject({ state: 'stopped', steps: 2 });
  made.engine().failure = new StudioError('gpu-memory', 'no memory', { reason: 'none' });
  await made.studio.run('baseline');
  expect(state(made.studio).stages.baseline.state).toBe('failed');
});

test('a kept run is the same after a refused start: its settings, its results, and no other run', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'baseline', 'sft', 'merge', 'distill', 'evaluate');
  await run(made, 'distill', 'evaluate');
  // What tells the rows apart is computed beside, and written down when it is known.
  const known = () => kept(memory).every(({ data }) => data.train?.fingerprint && data.test?.fingerprint);
  await vi.waitFor(() => expect(known()).toBe(true), { timeout: 60_000 });
  const before = kept(memory);
  for (const stage of all) {
    if (stage === 'control') continue;
    state(made.studio).setField('sft.epochs', 9);
    made.engine().failure = new StudioError('busy', 'busy');
    await made.studio.run(stage);
    await turn();
  }
  const without = (runs: typeof before) => runs.map(({ changed: _, recipe: __, ...rest }) => rest);
  expect(without(kept(memory))).toEqual(without(before));
  const { studio } = await reloaded(memory);
  expect(state(studio).stages.distill).toMatchObject({ state: 'done', steps: 1 });
});

test('a first start that is refused begins no run', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  made.engine().failure = new StudioError('busy', 'busy');
  await made.studio.run('sft');
  await turn();
  expect([kept(memory), state(made.studio).runs.current]).toEqual([[], undefined]);
});
