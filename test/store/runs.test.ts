// Runs are kept: when one begins and ends, what is written, and what a page that is loaded again shows and holds.
import { afterEach, expect, test, vi } from 'vitest';
import { savable, trained, wouldLose } from '../../src/store';
import type { RunRecord } from '../../src/store/runs/record';
import type { Stage, StageEvent } from '../../src/store/types';
import { evaluationOf, stepOf } from '../support/fakeEngine';
import { type MemoryStorage, memoryStorage } from '../support/memoryStorage';
import { type Bench, bench, codes, demo, started, state, textFile, turn } from './bench';

afterEach(() => {
  vi.unstubAllGlobals();
});

const begin = (memory: MemoryStorage) => started(async () => memory.storage);

/** The page loaded again over the same storage. */
async function reloaded(memory: MemoryStorage, prepare: (made: Bench) => void = () => {}): Promise<Bench> {
  const made = bench(async () => memory.storage);
  vi.stubGlobal(
    'fetch',
    async (address: URL | string) => new Response(String(address).endsWith('demo.json') ? JSON.stringify(demo) : '{}'),
  );
  prepare(made);
  await made.studio.start();
  return made;
}

const scripts: Readonly<Record<Stage, readonly StageEvent[]>> = {
  baseline: [
    { type: 'evaluation', evaluation: evaluationOf('teacher-base', 0, 0, 2) },
    { type: 'evaluation', evaluation: evaluationOf('student-base', 0, 0, 2) },
  ],
  sft: [
    { type: 'step', metrics: stepOf(1, 0.5) },
    { type: 'step', metrics: stepOf(2, 0.25) },
    { type: 'evaluation', evaluation: evaluationOf('teacher-sft', 2, 1, 2) },
  ],
  merge: [{ type: 'evaluation', evaluation: evaluationOf('teacher-merged', 2, 1, 2) }],
  distill: [
    { type: 'step', metrics: stepOf(1, 0.75) },
    { type: 'evaluation', evaluation: evaluationOf('student-distilled', 1, 2, 2) },
  ],
  evaluate: [],
  control: [{ type: 'step', metrics: stepOf(1, 0.5) }],
};
const steps: Partial<Record<Stage, number>> = { sft: 2, distill: 1, control: 1 };

async function run({ studio, engine }: Bench, ...stages: readonly Stage[]): Promise<void> {
  for (const stage of stages) {
    engine().script = scripts[stage];
    const running = studio.run(stage);
    await turn();
    engine().finish({ outcome: 'done', steps: steps[stage] ?? 0 });
    await running;
    await turn();
  }
}

const kept = ({ tables }: MemoryStorage): readonly RunRecord[] =>
  ([...(tables.get('runs')?.values() ?? [])] as RunRecord[]).sort((a, b) => a.started - b.started);

/** Stages of a run that have something, and whether it was made there or taken along. */
const stagesOf = ({ stages }: RunRecord) =>
  Object.entries(stages).flatMap(([stage, { state: now, from }]) =>
    now === 'idle' ? [] : [`${stage}${from ? ' <' : ''}`],
  );

test('a run holds what its stages ran with, measured and trained, and everything is one run', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'baseline');
  state(made.studio).setField('sft.epochs', 3);
  await run(made, 'sft');
  state(made.studio).setField('sft.epochs', 5);
  await run(made, 'merge', 'distill', 'evaluate');
  const [only, ...more] = kept(memory);
  expect(more).toEqual([]);
  expect(stagesOf(only!)).toEqual(['baseline', 'sft', 'merge', 'distill', 'evaluate']);
  expect(only).toMatchObject({
    software: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    gpu: { description: 'fake adapter' },
    data: { train: { name: 'train.jsonl', rows: 3, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    models: { teacher: { source: { kind: 'demo' }, info: { name: 'big' } } },
    stages: { baseline: { recipe: { sft: { epochs: 1 } } }, sft: { steps: 2, recipe: { sft: { epochs: 3 } } } },
    measured: { 'teacher-sft': { correct: 1, rows: 2, judged: { judge: 'sum' } } },
    losses: { sft: { train: 0.25, test: 0.5 } },
  });
  expect(Object.keys(only!.adapters)).toEqual(['teacher-adapter', 'student-adapter']);
  expect(made.engine().calls.filter((call) => call.startsWith('saveInto'))).toEqual([
    `saveInto teacher-adapter ${only!.id} ${2 ** 40}`,
    `saveInto student-adapter ${only!.id} ${2 ** 40}`,
  ]);
  expect(memory.tables.get('evaluations')?.size).toBe(5);
  expect(memory.tables.get('curves')?.get(JSON.stringify(only!.id))).toMatchObject({
    curves: { sft: { loss: [null, 0.5, 0.25] } },
  });
});

test('the adapter is kept before the stage counts as done, so that the next one finds the engine free', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  let release = () => {};
  const { saveInto } = made.engine();
  made.engine().saveInto = async (...given) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return saveInto(...given);
  };
  made.engine().script = scripts.sft;
  const running = made.studio.run('sft');
  await turn();
  made.engine().finish({ outcome: 'done', steps: 2 });
  await turn();
  expect([state(made.studio).running, state(made.studio).stages.sft.state]).toEqual(['sft', 'running']);
  release();
  await running;
  expect(state(made.studio).stages.sft.state).toBe('done');
});

test('training again keeps the run before it as it was, and goes on in a new one with what still holds', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'baseline', 'sft', 'merge', 'distill');
  await run(made, 'distill');
  const [first, second, ...more] = kept(memory);
  expect(more).toEqual([]);
  expect(stagesOf(first!)).toEqual(['baseline', 'sft', 'merge', 'distill']);
  expect(stagesOf(second!)).toEqual(['baseline <', 'sft <', 'merge <', 'distill']);
  expect(first!.adapters['student-adapter']?.run).toBe(first!.id);
  // The teacher's adapter is shared, the student's is its own.
  expect(second!.adapters['teacher-adapter']).toEqual(first!.adapters['teacher-adapter']);
  expect(second!.adapters['student-adapter']?.run).toBe(second!.id);
  expect(state(made.studio).runs.current).toBe(second!.id);
});

test('running all again begins one run, not one for every stage', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'baseline', 'sft', 'merge');
  await run(made, 'baseline', 'sft', 'merge');
  expect(kept(memory).map(stagesOf)).toEqual([
    ['baseline', 'sft', 'merge'],
    ['baseline', 'sft', 'merge'],
  ]);
});

test('a start that makes nothing begins no run and changes none', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'sft');
  const before = kept(memory);
  made.engine().script = [];
  const again = made.studio.run('sft');
  await turn();
  // Settings that change meanwhile are no reason to write a stage that has not begun.
  expect(kept(memory)).toEqual(before);
  made.engine().finish({ outcome: 'stopped', steps: 0 });
  await again;
  await turn();
  expect(kept(memory).map(({ id, stages }) => [id, stages.sft?.state, stages.sft?.steps])).toEqual([
    [before[0]!.id, 'done', 2],
  ]);
});

test('evaluating again measures for the same run', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'sft', 'merge', 'distill', 'evaluate', 'evaluate');
  expect(kept(memory)).toHaveLength(1);
});

test('other rows end the run; what still holds is taken along, and a run in which nothing was made is not kept', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'baseline', 'sft');
  await made.studio.loadRows('test', [textFile('other.jsonl')]);
  await turn();
  await made.studio.loadRows('test', [textFile('third.jsonl')]);
  await turn();
  const [first, second, ...more] = kept(memory);
  expect(more).toEqual([]);
  expect([first!.data.test?.name, second!.data.test?.name]).toEqual(['test.jsonl', 'third.jsonl']);
  expect(stagesOf(second!)).toEqual(['sft <']);
  expect([Object.keys(first!.measured), Object.keys(second!.measured)]).toEqual([
    ['teacher-base', 'teacher-sft', 'student-base'],
    [],
  ]);
  await made.studio.loadRows('train', [textFile('mine.jsonl')]);
  await turn();
  expect([kept(memory).length, state(made.studio).runs.current]).toEqual([1, undefined]);
});

test('a page that is loaded again shows everything, and holds the adapters', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  await before.studio.loadRows('train', [textFile('mine.jsonl', '{"a": 1}')]);
  state(before.studio).setField('sft.epochs', 3);
  await run(before, 'baseline', 'sft', 'merge', 'distill', 'evaluate');
  const { studio, engine } = await reloaded(memory);
  const now = state(studio);
  expect([now.recipe.sft.epochs, now.data.train.dataset?.name, now.data.train.demo]).toEqual([3, 'mine.jsonl', false]);
  expect(now.evaluations).toEqual(state(before.studio).evaluations);
  expect(studio.series.snapshot()).toEqual(before.studio.series.snapshot());
  expect(Object.entries(now.stages).map(([stage, record]) => `${stage} ${record.state} ${record.steps}`)).toEqual([
    'baseline done 0',
    'sft done 2',
    // Its weights are in nobody's hands: they are made again.
    'merge past 0',
    'distill done 1',
    'evaluate done 0',
    'control idle 0',
  ]);
  expect(engine().calls.filter((call) => /load|restore/.test(call))).toEqual([
    'loadData train mine.jsonl',
    'loadData test test.jsonl',
    'loadModel teacher big',
    'restoreResult teacher-adapter teacher-adapter 2',
    'loadModel student small',
    'restoreResult student-adapter student-adapter 1',
  ]);
  expect([savable(now, 'sft'), savable(now, 'merge')]).toEqual([['teacher-adapter'], []]);
  expect(codes(studio)).toEqual([]);
  expect(kept(memory)).toHaveLength(1);
});

test('merging again after that is the same merge: what rests on it stays, and it is the same run', async () => {
  const memory = memoryStorage();
  await run(await begin(memory), 'sft', 'merge', 'distill', 'evaluate');
  const made = await reloaded(memory);
  await run(made, 'merge');
  const { stages, evaluations } = state(made.studio);
  expect([stages.merge.state, stages.distill.state, evaluations['student-distilled'].length]).toEqual([
    'done',
    'done',
    1,
  ]);
  expect(kept(memory)).toHaveLength(1);
  // A merge in the same visit undoes what rests on it, as ever.
  await run(made, 'merge');
  expect(state(made.studio).stages.distill.state).toBe('idle');
  expect(kept(memory)).toHaveLength(2);
});

test('what was cut off is shown as interrupted at its last step, and nothing of it can be used', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  before.engine().script = scripts.sft;
  before.studio.run('sft');
  await turn();
  await turn();
  const { studio } = await reloaded(memory);
  const now = state(studio);
  expect(now.stages.sft).toMatchObject({ state: 'interrupted', steps: 2 });
  expect([savable(now, 'sft'), trained(now.stages), wouldLose(now, 'train')]).toEqual([[], [], []]);
  await studio.run('merge');
  expect(codes(studio)).toEqual(['not-ready']);
  expect(studio.series.curves.sft.loss).toEqual([null, 0.5, 0.25]);
});

test('an adapter that is gone is said, and its stage is only shown', async () => {
  const memory = memoryStorage();
  await run(await begin(memory), 'sft');
  memory.adapters.clear();
  const { studio } = await reloaded(memory);
  expect(codes(studio)).toEqual(['adapter-not-put-back']);
  expect(state(studio).stages.sft).toMatchObject({ state: 'past', steps: 2 });
  expect(savable(state(studio), 'sft')).toEqual([]);
});

test('an adapter is not put on another model than it was trained on', async () => {
  const memory = memoryStorage();
  await run(await begin(memory), 'sft');
  const { studio, engine } = await reloaded(memory, ({ studio: next, engine: of }) => {
    next.session.subscribe(({ gpu }) => {
      if (gpu.state !== 'open') return;
      const { loadModel } = of();
      of().loadModel = async (role, source) => ({ ...(await loadModel(role, source)), hidden: 9 });
    });
  });
  expect(engine().calls.some((call) => call.startsWith('restoreResult'))).toBe(false);
  expect(state(studio).stages.sft.state).toBe('past');
});

test('a model from a folder and rows above the budget are asked for again, and asked for at the next visit too', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  await before.studio.loadModel('teacher', { kind: 'files', name: 'mine', files: [] });
  const large = textFile('large.jsonl');
  Object.defineProperty(large.file, 'size', { value: 65 * 2 ** 20 });
  await before.studio.loadRows('train', [large]);
  await turn();
  for (const _visit of [1, 2]) {
    const { studio } = await reloaded(memory);
    await turn();
    expect(codes(studio)).toEqual(['rows-not-kept', 'model-not-kept']);
    const { models, data } = state(studio);
    expect([models.teacher.info, data.train.dataset, models.student.info?.name]).toEqual([
      undefined,
      undefined,
      'small',
    ]);
  }
});

test('without a graphics card the last visit is shown all the same', async () => {
  const memory = memoryStorage();
  await run(await begin(memory), 'baseline', 'sft');
  const { studio } = await reloaded(memory, ({ next }) => {
    next.failure = new Error('no card');
  });
  expect([state(studio).gpu.state, state(studio).stages.sft.state]).toEqual(['none', 'past']);
  expect(state(studio).evaluations['teacher-sft']).toHaveLength(1);
});

test('a run that another tab goes on with is left to it: this one starts afresh', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  await run(before, 'sft');
  const [only] = kept(memory);
  memory.elsewhere.add(only!.id);
  const { studio } = await reloaded(memory);
  expect([state(studio).stages.sft.state, state(studio).runs.current, state(studio).runs.list.length]).toEqual([
    'idle',
    undefined,
    1,
  ]);
});

test('after a lost engine the results are shown, and the adapters are in the new one', async () => {
  const memory = memoryStorage();
  const { studio, engine, lose, engines } = await begin(memory);
  await run({ studio, engine, lose, engines, next: { failure: undefined } }, 'sft', 'merge');
  lose({ code: 'device-lost', message: 'gone', detail: { reason: 'gone' } });
  await turn();
  vi.stubGlobal('fetch', async () => new Response('{}'));
  await studio.restart();
  const { stages, evaluations } = state(studio);
  expect([stages.sft.state, stages.merge.state, evaluations['teacher-merged'].length]).toEqual(['done', 'past', 1]);
  expect(engines[1]?.calls).toContain('restoreResult teacher-adapter teacher-adapter 2');
  expect(kept(memory)).toHaveLength(1);
});

test('without storage it is said once, and everything works', async () => {
  const made = await started(() => Promise.reject(new DOMException('blocked', 'SecurityError')));
  expect(codes(made.studio)).toEqual(['runs-unavailable']);
  await run(made, 'baseline', 'sft', 'merge');
  expect(codes(made.studio)).toEqual(['runs-unavailable']);
  expect(state(made.studio).stages.merge.state).toBe('done');
});

test('a full disk is said once, and the run goes on; so is a page without files of its own', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  memory.failure = new DOMException('no room', 'QuotaExceededError');
  memory.noFiles = true;
  await run(made, 'baseline', 'sft', 'merge', 'distill');
  expect(codes(made.studio)).toEqual(['run-not-kept', 'adapters-unavailable']);
  expect(state(made.studio).stages.distill.state).toBe('done');
});

test('an adapter for which there is no room is said by name, and the stage is done', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  made.engine().saveInto = () => Promise.reject(new DOMException('no room', 'QuotaExceededError'));
  await run(made, 'sft');
  expect(state(made.studio).notices[0]?.failure).toMatchObject({
    code: 'adapter-not-kept',
    detail: { artifact: 'teacher-adapter', reason: 'no room' },
  });
  expect([state(made.studio).stages.sft.state, kept(memory)[0]?.adapters]).toEqual(['done', {}]);
});

test('while a stage trains, only the run and its curves are written, and not at every step', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'baseline');
  const before = memory.writes.length;
  made.engine().script = Array.from({ length: 50 }, (_, i) => ({
    type: 'step' as const,
    metrics: stepOf(i + 1, 1, 50),
  }));
  made.studio.run('sft');
  await turn();
  await turn();
  const written = memory.writes.slice(before);
  expect(written.length).toBeLessThan(5);
  expect(new Set(written.flat().map(({ table }) => table))).toEqual(new Set(['runs', 'curves']));
});
