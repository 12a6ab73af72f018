// Runs are kept: when one begins and ends, and what is written.
import { expect, test, vi } from 'vitest';
import { gap, unkept } from '../../src/store';
import { Shelf } from '../../src/store/runs/shelf';
import { stepOf } from '../support/fakeEngine';
import { memoryStorage } from '../support/memoryStorage';
import { codes, started, state, textFile, turn } from './bench';
import { begin, kept, run, scripts, stagesOf } from './keptRuns';

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
  // Once, when there was something to lose.
  expect(memory.persisted).toBe(1);
  expect(memory.tables.get('curves')?.get(JSON.stringify(only!.id))).toMatchObject({
    curves: { sft: { loss: [gap, 0.5, 0.25] } },
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
  expect(second!.name).toBe(`${first!.name} (2)`);
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

test('what could not be written is written with the next write, answers too, and both are said once', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'baseline');
  memory.failure = new DOMException('no room', 'QuotaExceededError');
  await run(made, 'sft');
  expect(codes(made.studio)).toEqual(['run-not-kept']);
  memory.failure = undefined;
  await run(made, 'merge');
  expect(codes(made.studio)).toEqual(['run-kept-again']);
  const whole = await new Shelf(memory.storage).whole(kept(memory)[0]!.id);
  expect(whole?.evaluations.map(({ subject }) => subject).toSorted()).toEqual(
    ['teacher-base', 'student-base', 'teacher-sft', 'teacher-merged'].toSorted(),
  );
  expect(memory.tables.get('evaluations')?.size).toBe(4);
  await run(made, 'distill');
  expect(codes(made.studio)).toEqual(['run-kept-again']);
});

test('rows that could not be written are written later, though nothing more is changed', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  vi.useFakeTimers();
  memory.failure = new DOMException('no room', 'QuotaExceededError');
  await made.studio.loadRows('train', [textFile('mine.jsonl')]);
  state(made.studio).setField('sft.epochs', 3);
  await vi.advanceTimersByTimeAsync(5000);
  expect(codes(made.studio)).toEqual(['desk-not-kept']);
  memory.failure = undefined;
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  expect(codes(made.studio)).toEqual(['desk-kept-again']);
  expect(memory.tables.get('rows')?.get(JSON.stringify('train'))).toMatchObject({ name: 'mine.jsonl' });
  expect(memory.tables.get('rows')?.get(JSON.stringify('changes'))).toMatchObject({ division: { share: 0.1 } });
});

test('a note that is written while a stage has not begun yet is kept, whatever becomes of the stage', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'sft');
  const { id } = kept(memory)[0]!;
  made.engine().script = [];
  const again = made.studio.run('sft');
  await turn();
  await made.studio.amendRun(id, { note: 'the first try' });
  made.engine().finish({ outcome: 'done', steps: 1 });
  await again;
  await turn();
  expect(kept(memory).map(({ note }) => note)).toEqual(['the first try', '']);
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
  // The page asks before it is left.
  expect(unkept(state(made.studio))).toEqual(['sft']);
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
