// The studio against an engine without a GPU: runs, stops, failures, new rows and models, and what they undo.
import { expect, test } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { gap, missing } from '../../src/store';
import { RemoteError } from '../../src/worker/failure';
import { evaluationOf, stepOf } from '../support/fakeEngine';
import { codes, started, state, textFile, turn } from './bench';

test('a person’s own teacher takes the demo’s learning rate away, unless it was changed by hand', async () => {
  const { studio } = await started();
  await studio.loadModel('teacher', { kind: 'files', name: 'mine', files: [] });
  expect(state(studio).recipe.sft.learningRate).toBe(1e-4);
  expect(state(studio).recipe.distill.learningRate).toBe(0.003);
  state(studio).setField('distill.learningRate', 0.01);
  await studio.loadModel('student', { kind: 'files', name: 'mine too', files: [] });
  expect(state(studio).recipe.distill.learningRate).toBe(0.01);
});

test('a stage carries its events into session and curves, and a second start is refused with a sentence', async () => {
  const { studio, engine } = await started();
  engine().script = [
    { type: 'phase', phase: 'training', done: 1, total: 4 },
    { type: 'step', metrics: stepOf(1, 0.5) },
    { type: 'evaluation', evaluation: evaluationOf('teacher-sft', 1, 1, 2) },
    { type: 'problems', split: 'train', problems: [{ line: 2, code: 'row-too-long', message: 'long', detail: {} }] },
  ];
  const run = studio.run('sft');
  await turn();
  expect(state(studio)).toMatchObject({ running: 'sft', phase: { phase: 'training', done: 1 } });
  expect(studio.series.curves.sft.loss).toEqual([gap, 0.5]);
  expect(state(studio).evaluations['teacher-sft']).toHaveLength(1);
  state(studio).setField('judge', 'exact');
  expect(state(studio).evaluations['teacher-sft'][0]?.judged.judge).toBe('sum');
  expect(state(studio).data.train.unfit).toHaveLength(1);
  await studio.run('baseline');
  expect(codes(studio)).toEqual(['busy']);
  await studio.loadRows('train', [textFile('other.jsonl')]);
  expect(codes(studio)).toEqual(['busy', 'busy-load']);
  engine().finish({ outcome: 'done', steps: 4 });
  await run;
  expect(state(studio).stages.sft).toMatchObject({ state: 'done', steps: 4 });
  expect(engine().calls.filter((call) => call.startsWith('run'))).toEqual(['run sft']);
});

test('stopping before the first step is said, and nothing can be merged; stopping later keeps what was learnt', async () => {
  const { studio, engine } = await started();
  const first = studio.run('sft');
  await turn();
  studio.stop();
  engine().finish({ outcome: 'stopped', steps: 0 });
  await first;
  expect(codes(studio)).toEqual(['stopped-early']);
  await studio.run('merge');
  expect(codes(studio)).toEqual(['stopped-early', 'not-ready']);
  const second = studio.run('sft');
  await turn();
  engine().finish({ outcome: 'stopped', steps: 7 });
  await second;
  const merge = studio.run('merge');
  await turn();
  expect(state(studio).running).toBe('merge');
  engine().finish({ outcome: 'done', steps: 0 });
  await merge;
});

test('a run stopped before its first step leaves the result before it; its first step replaces it', async () => {
  const { studio, engine } = await started();
  engine().script = [
    { type: 'step', metrics: stepOf(1) },
    { type: 'evaluation', evaluation: evaluationOf('teacher-sft', 9, 1, 2) },
  ];
  const first = studio.run('sft');
  await turn();
  engine().finish({ outcome: 'done', steps: 9 });
  await first;
  engine().script = [];
  const second = studio.run('sft');
  await turn();
  engine().finish({ outcome: 'stopped', steps: 0 });
  await second;
  expect(state(studio).stages.sft).toMatchObject({ state: 'done', steps: 9 });
  expect(state(studio).evaluations['teacher-sft']).toHaveLength(1);
  engine().script = [{ type: 'step', metrics: stepOf(1) }];
  const third = studio.run('sft');
  await turn();
  expect(state(studio).evaluations['teacher-sft']).toEqual([]);
  engine().finish({ outcome: 'done', steps: 1 });
  await third;
});

test('a run that fails before its first step leaves the result before it; one that fails later replaces it', async () => {
  const { studio, engine } = await started();
  engine().script = [
    { type: 'step', metrics: stepOf(1) },
    { type: 'evaluation', evaluation: evaluationOf('teacher-sft', 9, 1, 2) },
  ];
  const first = studio.run('sft');
  await turn();
  engine().finish({ outcome: 'done', steps: 9 });
  await first;
  engine().failure = new StudioError('gpu-memory', 'no memory', { reason: 'none' });
  await studio.run('sft');
  expect(codes(studio)).toEqual(['gpu-memory']);
  expect(state(studio).stages.sft).toMatchObject({ state: 'done', steps: 9 });
  expect(state(studio).evaluations['teacher-sft']).toHaveLength(1);
  expect(missing(state(studio), 'merge')).toEqual([]);
  engine().run = async (_stage, _recipe, listen) => {
    listen({ type: 'step', metrics: stepOf(1) });
    throw new StudioError('not-finite', 'not finite', { step: 2, lines: '1' });
  };
  await studio.run('sft');
  expect(state(studio).stages.sft).toMatchObject({ state: 'failed', steps: 1 });
  expect(state(studio).evaluations['teacher-sft']).toEqual([]);
});

test('other test rows take every measured answer away, and leave the training', async () => {
  const { studio, engine } = await started();
  engine().script = [
    { type: 'step', metrics: stepOf(1) },
    { type: 'evaluation', evaluation: evaluationOf('teacher-sft', 9, 1, 2) },
  ];
  const run = studio.run('sft');
  await turn();
  engine().finish({ outcome: 'done', steps: 9 });
  await run;
  await studio.loadRows('test', [textFile('other.jsonl')]);
  expect(state(studio).evaluations['teacher-sft']).toEqual([]);
  expect(studio.series.accuracy['teacher-sft']).toEqual([]);
  expect(state(studio).stages.sft.state).toBe('done');
});

test('pause is shown as asked until the engine says it has paused', async () => {
  const { studio, engine } = await started();
  const run = studio.run('baseline');
  await turn();
  studio.pause();
  expect([state(studio).asked, engine().calls.at(-1)]).toEqual(['pause', 'pause']);
  engine().finish({ outcome: 'done', steps: 0 });
  await run;
  expect([state(studio).asked, state(studio).running]).toEqual(['nothing', undefined]);
});

test('a failing stage shows its error and the studio can go on', async () => {
  const { studio, engine } = await started();
  engine().failure = new StudioError('not-finite', 'not finite', { step: 3, lines: '4, 5' });
  await studio.run('sft');
  expect(state(studio).stages.sft.state).toBe('failed');
  expect(codes(studio)).toEqual(['not-finite']);
  const again = studio.run('sft');
  await turn();
  expect(state(studio).stages.sft.state).toBe('running');
  engine().finish({ outcome: 'done', steps: 4 });
  await again;
});

test('run all goes through the stages in order and ends where one is stopped', async () => {
  const { studio, engine } = await started();
  const all = studio.runAll();
  for (const outcome of ['done', 'done', 'stopped'] as const) {
    await turn();
    engine().finish({ outcome, steps: 2 });
  }
  await all;
  expect(engine().calls.filter((call) => call.startsWith('run'))).toEqual(['run baseline', 'run sft', 'run merge']);
  expect(state(studio)).toMatchObject({ runningAll: false, running: undefined });
});

test('new training rows undo what was learnt from the old ones, but not the baseline', async () => {
  const { studio, engine } = await started();
  // Without test rows of their own, these would take some of the training rows.
  await studio.loadRows('test', [textFile('held.jsonl')]);
  for (const stage of ['baseline', 'sft'] as const) {
    const run = studio.run(stage);
    await turn();
    engine().finish({ outcome: 'done', steps: 4 });
    await run;
  }
  await studio.loadRows('train', [textFile('mine.jsonl')]);
  expect([state(studio).stages.baseline.state, state(studio).stages.sft.state]).toEqual(['done', 'idle']);
  expect(state(studio).data.train).toMatchObject({ demo: false, dataset: { name: 'mine.jsonl' } });
});

test('what is not one text file is refused with its own sentence, and the rows stay', async () => {
  const { studio, engine } = await started();
  const before = state(studio).data.train.dataset;
  const calls = engine().calls.length;
  const refused = [
    ['drop-picture', [textFile('cat.png', 'x', 'image/png')]],
    ['drop-folder', [{ name: 'rows', folder: true, file: undefined }]],
    ['drop-picture', [textFile('a.jsonl'), textFile('cat.png', 'x', 'image/png')]],
    ['drop-empty', [textFile('empty.jsonl', '')]],
    ['drop-not-text', [textFile('paper.pdf')]],
    ['drop-nothing', []],
  ] as const;
  for (const [code, dropped] of refused) {
    await studio.loadRows('train', dropped);
    // Only the last try is spoken of.
    expect(codes(studio)).toEqual([code]);
  }
  expect(state(studio).data.train.dataset).toBe(before);
  expect(engine().calls).toHaveLength(calls);
});

test('a sentence about a file goes when another is opened in its place, and only then', async () => {
  const { studio } = await started();
  await studio.loadRows('train', [textFile('cat.png', 'x', 'image/png')]);
  await studio.loadRows('test', [textFile('paper.pdf')]);
  await studio.loadDemoModel('teacher');
  expect(codes(studio)).toEqual(['drop-picture', 'drop-not-text']);
  await studio.loadRows('train', [textFile('mine.jsonl')]);
  expect(codes(studio)).toEqual(['drop-not-text']);
});

test('the same sentence about two places stays for each until that one is tried again', async () => {
  const { studio, engine } = await started();
  const refuse = async (role: 'teacher' | 'student') => {
    engine().failure = new RemoteError({ code: 'unknown-architecture', message: 'no', detail: {} });
    await studio.loadModel(role, { kind: 'files', name: 'strange', files: [] });
  };
  const places = () => state(studio).notices.map(({ place }) => place);
  for (const role of ['teacher', 'student', 'teacher'] as const) await refuse(role);
  expect(places()).toEqual(['student', 'teacher']);
  await studio.loadDemoModel('student');
  expect(places()).toEqual(['teacher']);
  const anywhere = { code: 'saving', message: 'no', detail: {} };
  state(studio).notify(anywhere);
  state(studio).notify(anywhere);
  expect(places()).toEqual(['teacher', undefined]);
});

test('a file without one usable row replaces nothing and says the first reason', async () => {
  const { studio, engine } = await started();
  const before = state(studio).data.test.dataset;
  engine().badFile = [{ line: 1, code: 'line-not-json', message: 'Line 1 is not JSON.', detail: {} }];
  await studio.loadRows('test', [textFile('bad.jsonl')]);
  expect(state(studio).notices.at(-1)).toMatchObject({
    failure: { code: 'data-no-rows', detail: { name: 'bad.jsonl' } },
    problem: { line: 1, code: 'line-not-json' },
  });
  expect(state(studio).data.test.dataset).toBe(before);
});

test('a model that cannot be loaded leaves the one before it', async () => {
  const { studio, engine } = await started();
  engine().failure = new RemoteError({ code: 'unknown-architecture', message: 'no', detail: {} });
  await studio.loadModel('teacher', { kind: 'files', name: 'strange', files: [] });
  expect(codes(studio)).toEqual(['unknown-architecture']);
  expect(state(studio).models.teacher).toMatchObject({ loading: false, info: { name: 'big' }, demo: true });
});

test('a closed model is gone with what was trained on it, also behind a new engine, until one is opened', async () => {
  const { studio, engine, engines, lose } = await started();
  const run = studio.run('sft');
  await turn();
  await studio.closeModel('teacher');
  expect(codes(studio), 'not while it is trained').toEqual(['busy-load']);
  engine().finish({ outcome: 'done', steps: 3 });
  await run;
  await studio.closeModel('teacher');
  expect(engine().calls.at(-1)).toBe('closeModel teacher');
  expect(state(studio).models.teacher).toEqual({ loading: false, info: undefined, demo: false, adapter: undefined });
  expect(state(studio).stages.sft).toMatchObject({ state: 'idle', steps: 0 });
  expect(missing(state(studio), 'sft')).toEqual(['teacher']);
  expect(state(studio).demoValues.map(({ role }) => role)).not.toContain('teacher');

  lose({ code: 'device-lost', message: 'gone', detail: {} });
  await turn();
  await studio.restart();
  expect(engines).toHaveLength(2);
  expect(engine().calls).toContain('loadModel student small');
  expect(engine().calls.filter((call) => call.startsWith('loadModel teacher'))).toEqual([]);
  await studio.loadDemoModel('teacher');
  expect(missing(state(studio), 'sft')).toEqual([]);
});
