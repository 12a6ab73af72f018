// The page loaded again: what it shows, what the engine holds, and what it says of the rest.
import { afterEach, expect, test, vi } from 'vitest';
import { createSeries, gap, type JudgedEvaluation, savable } from '../../src/store';
import { Shelf } from '../../src/store/runs/shelf';
import { Writer } from '../../src/store/runs/writer';
import { trained, unkept, wouldLose } from '../../src/store/trained';
import { evaluationOf } from '../support/fakeEngine';
import { memoryStorage } from '../support/memoryStorage';
import { codes, state, textFile, turn } from './bench';
import { begin, cutOff, kept, reloaded, run, scripts } from './keptRuns';

afterEach(() => {
  vi.unstubAllGlobals();
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
  expect(engine().calls.filter((call) => /load|restore|divide/.test(call))).toEqual([
    'loadData train mine.jsonl',
    // Own rows were divided: there are no other test rows.
    'divideRows 0.1 42',
    'loadModel teacher big',
    'restoreResult teacher-adapter teacher-adapter 2',
    'loadModel student small',
    'restoreResult student-adapter student-adapter 1',
  ]);
  expect([savable(now, 'sft'), savable(now, 'merge'), unkept(now)]).toEqual([['teacher-adapter'], [], []]);
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
  await cutOff(memory);
  const { studio } = await reloaded(memory);
  const now = state(studio);
  expect(now.stages.sft).toMatchObject({ state: 'interrupted', steps: 2 });
  expect([savable(now, 'sft'), trained(now.stages), wouldLose(now, 'train')]).toEqual([[], [], []]);
  await studio.run('merge');
  expect(codes(studio)).toEqual(['not-ready']);
  expect(studio.series.curves.sft.loss).toEqual([gap, 0.5, 0.25]);
});

test('an adapter that is gone is said, and its stage is only shown', async () => {
  const memory = memoryStorage();
  await run(await begin(memory), 'sft');
  await memory.root.removeEntry('runs', { recursive: true });
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

test('a model from a folder that is opened again takes nothing away: what was interrupted can go on', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  const mine = { kind: 'files', name: 'mine', files: [] } as const;
  await before.studio.loadModel('teacher', mine);
  await run(before, 'sft', 'merge', 'distill');
  before.engine().script = scripts.control;
  before.studio.run('control');
  await turn();
  await turn();
  const open = async (name: string) => {
    const made = await reloaded(memory);
    expect(state(made.studio).stages.distill.state).toBe('done');
    await made.studio.loadModel('teacher', { ...mine, name });
    const { sft, distill, control } = state(made.studio).stages;
    return { ...made, states: [sft.state, distill.state, control.state] };
  };
  const { engine, states } = await open('mine');
  expect(states).toEqual(['done', 'done', 'interrupted']);
  const restored = engine().calls.filter((call) => call.startsWith('restoreResult') || call.includes('mine'));
  expect(restored.slice(-3)).toEqual([
    'loadModel teacher mine',
    'restoreResult teacher-adapter teacher-adapter 2',
    'restoreResult student-adapter student-adapter 1',
  ]);
  expect(kept(memory)).toHaveLength(1);
  const other = await open('another');
  expect(other.states, 'negative control').toEqual(['idle', 'idle', 'interrupted']);
});

test('rows too large to be kept that are opened again take nothing away; others do', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  const large = (name: string, content?: string) => {
    const opened = textFile(name, content);
    Object.defineProperty(opened.file, 'size', { value: 65 * 2 ** 20 });
    return opened;
  };
  await before.studio.loadRows('train', [large('mine.jsonl', 'mine')]);
  await turn();
  await run(before, 'sft');
  expect(kept(memory)[0]?.data.train?.fingerprint).toBeDefined();
  const open = async (content: string) => {
    const { studio } = await reloaded(memory);
    expect(state(studio).data.train.dataset).toBeUndefined();
    expect(state(studio).stages.sft.state).toBe('done');
    await studio.loadRows('train', [large('renamed.jsonl', content)]);
    return state(studio);
  };
  const again = await open('mine');
  expect([again.data.train.dataset?.name, again.stages.sft.state]).toEqual(['renamed.jsonl', 'done']);
  expect((await open('others')).stages.sft.state, 'negative control').toBe('idle');
});

test('an adapter that training started from is asked for again; what was trained from it is there', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  await before.studio.loadAdapter('teacher', { kind: 'files', name: 'mine', files: [] });
  await run(before, 'sft');
  const { studio, engine } = await reloaded(memory);
  expect(codes(studio)).toEqual(['start-not-kept']);
  expect([state(studio).stages.sft.state, state(studio).models.teacher.adapter]).toEqual(['done', undefined]);
  expect(engine().calls).toContain('restoreResult teacher-adapter teacher-adapter 2');
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
  const desk = memory.tables.get('desk')?.get(JSON.stringify('desk'));
  const { studio } = await reloaded(memory);
  await studio.loadRows('test', [textFile('other.jsonl')]);
  await turn();
  expect(memory.tables.get('desk')?.get(JSON.stringify('desk'))).toBe(desk);
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

test('a visit without a graphics card leaves division and edits on the desk', async () => {
  const memory = memoryStorage();
  const { studio } = await begin(memory);
  await studio.loadRows('train', [textFile('mine.jsonl')]);
  const [row] = state(studio).data.train.dataset?.examples ?? [];
  if (!row) throw new Error('there is no row');
  await studio.editRows('train', [{ place: { line: row.line }, row: { ...row, answer: 'mine' } }]);
  await turn();
  const { division, edits } = state(studio);
  await reloaded(memory, ({ next }) => {
    next.failure = new Error('no card');
  });
  await turn();
  const { studio: third } = await reloaded(memory);
  expect([state(third).division, state(third).edits]).toEqual([division, edits]);
  expect(state(third).data.train.dataset?.examples.find(({ line }) => line === row.line)?.answer).toBe('mine');
});

test('answers that are measured after a reload take the place of none that are kept', async () => {
  const memory = memoryStorage();
  await run(await begin(memory), 'sft');
  const [record] = kept(memory);
  if (!record) throw new Error('no run was kept');
  const shelf = new Shelf(memory.storage);
  const [first, second, third, fourth] = [1, 2, 3, 4].map((step) => {
    return { ...evaluationOf('teacher-sft', step, 1, 2), judged: { judge: 'exact', judgePattern: '' } } as const;
  }) as [JudgedEvaluation, JudgedEvaluation, JudgedEvaluation, JudgedEvaluation];
  const told = { failed: (_what: string, error: unknown) => expect(error).toBeUndefined(), succeeded: () => {} };
  const writer = new Writer(shelf, told);
  const curves = createSeries().snapshot();
  await writer.save({ ...record, id: 'run' }, curves, [first, second, third]);
  // One was replaced: its number is free, and stays so.
  await writer.save({ ...record, id: 'run' }, curves, [first, third]);
  const whole = await shelf.whole('run');
  if (!whole) throw new Error('the run cannot be read');
  const again = new Writer(shelf, told);
  again.continue(whole);
  await again.save(whole.record, curves, [...whole.evaluations, fourth]);
  expect((await shelf.whole('run'))?.evaluations.map(({ step }) => step)).toEqual([1, 3, 4]);
  await again.save(whole.record, curves, [fourth]);
  expect((await shelf.whole('run'))?.evaluations.map(({ step }) => step)).toEqual([4]);
});
