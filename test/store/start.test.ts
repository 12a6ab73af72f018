// How the studio starts with the demo, and starts again with what it held: what a person opens meanwhile comes first.
import { afterEach, expect, test, vi } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { missing } from '../../src/store';
import { example } from '../support/fakeEngine';
import { base, bench, codes, demo, started, state, textFile, turn } from './bench';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('the page starts with the demo pair, its rows and its learning rates', async () => {
  const { studio, engine } = await started();
  expect(engine().calls).toContain('loadModel teacher big');
  expect(engine().calls).toContain('loadModel student small');
  const { recipe, models, data, demoValues } = state(studio);
  expect([recipe.sft.learningRate, recipe.distill.learningRate, recipe.systemPrompt]).toEqual([0.002, 0.003, 'sum']);
  expect(demoValues.map((value) => value.path)).toContain('sft.learningRate');
  expect([models.teacher.demo, data.train.dataset?.examples.length]).toEqual([true, 3]);
});

test('without a GPU the page says why and loads nothing', async () => {
  const { studio, engine, next } = bench();
  next.failure = new StudioError('no-webgpu', 'no WebGPU');
  await studio.start();
  expect(state(studio).gpu).toMatchObject({ state: 'none', failure: { code: 'no-webgpu' } });
  expect(engine().calls).toEqual(['open']);
});

/** Answers to `fetch` that a test gives when it is their turn; `asked` are the addresses so far. */
function heldFetch() {
  const asked: string[] = [];
  const answers: ((response: Response) => void)[] = [];
  vi.stubGlobal('fetch', (address: URL | string) => {
    asked.push(String(address).replace(base, ''));
    return new Promise<Response>((resolve) => answers.push(resolve));
  });
  const answer = async (response: Response): Promise<void> => {
    answers.shift()?.(response);
    await turn();
  };
  return { asked, answer };
}

const demoJson = () => new Response(JSON.stringify(demo));

test('rows that a person opens while the demo is being fetched stay; the way back to the demo replaces them', async () => {
  const { studio, engine } = bench();
  const { asked, answer } = heldFetch();
  const starting = studio.start();
  await turn();
  await answer(demoJson());
  expect(asked).toEqual(['demo.json', 'data/train.jsonl', 'data/test.jsonl']);
  await studio.loadRows('train', [textFile('mine.jsonl')]);
  await answer(new Response('{}'));
  await answer(new Response('{}'));
  await starting;
  expect(engine().calls).not.toContain('loadData train train.jsonl');
  expect(state(studio).data.train).toMatchObject({ demo: false, dataset: { name: 'mine.jsonl' } });
  // The demo's test rows are no test of other training rows: some of those are kept apart instead.
  expect(engine().calls).not.toContain('loadData test test.jsonl');
  expect(state(studio).data.test).toMatchObject({ demo: false, dataset: { name: 'mine.jsonl' } });
  const back = studio.loadDemoRows('train');
  await turn();
  await answer(new Response('{}'));
  await answer(new Response('{}'));
  await back;
  expect(state(studio).data.train).toMatchObject({ demo: true, dataset: { name: 'train.jsonl' } });
  expect(state(studio).data.test).toMatchObject({ demo: true, dataset: { name: 'test.jsonl' } });
});

test('a model that a person opens while the demo is being fetched stays; the other is the demo’s', async () => {
  const { studio, engine } = bench();
  const { asked, answer } = heldFetch();
  const starting = studio.start();
  await turn();
  // Asked again for the models: a failure is not remembered.
  await answer(new Response('', { status: 500 }));
  expect(asked).toEqual(['demo.json', 'demo.json']);
  await studio.loadModel('teacher', { kind: 'files', name: 'mine', files: [] });
  await answer(demoJson());
  await starting;
  expect(engine().calls).toEqual(['open', 'loadModel teacher mine', 'loadModel student small']);
  const { models, recipe } = state(studio);
  expect(models.teacher).toMatchObject({ demo: false, info: { name: 'mine' } });
  expect([recipe.sft.learningRate, recipe.distill.learningRate]).toEqual([1e-4, 0.003]);
});

test('what a person opens while the engine starts again stays', async () => {
  const { studio, engine, lose } = await started();
  lose({ code: 'worker-crash', message: 'gone', detail: { reason: 'gone' } });
  await turn();
  const restarting = studio.restart();
  const { loadModel } = engine();
  let release = () => {};
  engine().loadModel = async (role, source) => {
    if (source.name !== 'mine') return loadModel(role, source);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return loadModel(role, source);
  };
  // Still being read when it would be the turn of the student that was there before.
  const opening = studio.loadModel('student', { kind: 'files', name: 'mine', files: [] });
  await restarting;
  release();
  await opening;
  expect(engine().calls).toContain('loadModel teacher big');
  expect(engine().calls).not.toContain('loadModel student small');
  expect(state(studio).models.student).toMatchObject({ demo: false, info: { name: 'mine' } });
});

test('after a lost device the studio restarts with the same models and rows', async () => {
  const { studio, engines, lose } = await started();
  lose({ code: 'device-lost', message: 'gone', detail: { reason: 'gone' } });
  await turn();
  expect([state(studio).lost, codes(studio)]).toEqual([true, ['device-lost']]);
  await studio.run('baseline');
  expect(codes(studio)).toEqual(['device-lost', 'not-ready']);
  await studio.restart();
  expect(engines).toHaveLength(2);
  expect(engines[1]?.calls).toEqual([
    'open',
    'loadData train train.jsonl',
    'loadData test test.jsonl',
    'loadModel teacher big',
    'loadModel student small',
  ]);
  expect([state(studio).lost, state(studio).models.teacher.demo]).toEqual([false, true]);
});

test('what the new engine cannot load is not shown, nor what was learnt with it; everything else is', async () => {
  const { studio, engine, lose } = await started();
  const run = studio.run('sft');
  await turn();
  engine().finish({ outcome: 'done', steps: 4 });
  await run;
  lose({ code: 'worker-crash', message: 'gone', detail: { reason: 'gone' } });
  await turn();
  const restarting = studio.restart();
  const { loadModel } = engine();
  engine().loadModel = async (role, source) => {
    if (role === 'teacher') throw new Error('The file has moved.');
    return loadModel(role, source);
  };
  engine().loadData = async (split, name) => {
    if (split === 'test') throw new StudioError('file-unreadable', 'no', { name });
    return { name, examples: [example(1)], problems: [] };
  };
  await restarting;
  const { models, data, stages } = state(studio);
  expect(codes(studio)).toEqual(['worker-crash', 'file-unreadable', 'model-reload']);
  expect([models.teacher.info, models.teacher.demo, data.test.dataset, data.test.demo]).toEqual([
    undefined,
    false,
    undefined,
    false,
  ]);
  expect([models.student.info?.name, data.train.dataset?.examples.length]).toEqual(['small', 1]);
  expect(stages.sft).toMatchObject({ state: 'idle', steps: 0 });
  expect(missing(state(studio), 'baseline')).toEqual(['teacher', 'test']);
});

test('a new engine without a graphics card holds nothing, and the page shows nothing', async () => {
  const { studio, engine, lose, next } = await started();
  lose({ code: 'device-lost', message: 'gone', detail: { reason: 'gone' } });
  await turn();
  next.failure = new StudioError('no-adapter', 'no adapter');
  await studio.restart();
  const { gpu, models, data } = state(studio);
  expect(engine().calls).toEqual(['open']);
  expect([gpu.state, models.student.info, data.train.dataset]).toEqual(['none', undefined, undefined]);
});

test('a model whose tokenizer made the engine hang is left out when it restarts', async () => {
  const { studio, engines, lose } = await started();
  await studio.loadModel('teacher', { kind: 'url', name: 'hostile', url: 'http://page.test/hostile/' });
  lose({ code: 'tokenizer-stuck', message: 'gone', detail: { model: 'hostile', seconds: 10 } });
  await turn();
  expect([state(studio).lost, codes(studio)]).toEqual([true, ['tokenizer-stuck']]);
  await studio.restart();
  expect(engines[1]?.calls).toContain('loadModel student small');
  expect(engines[1]?.calls).not.toContain('loadModel teacher hostile');
});
