// Adapters, saving and recipe files in the session: what they change, what they undo, and what is said when they cannot.
import { expect, test } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { missing } from '../../src/store';
import { remaining, savable } from '../../src/store/stages';
import { evaluationOf } from '../support/fakeEngine';
import { codes, started, state, turn } from './bench';

const adapter = { kind: 'files', name: 'mine', files: [] } as const;
const folder = { name: 'picked' } as FileSystemDirectoryHandle;

async function done(made: Awaited<ReturnType<typeof started>>, stage: 'sft' | 'merge' | 'distill', steps: number) {
  const run = made.studio.run(stage);
  await turn();
  made.engine().finish({ outcome: 'done', steps });
  await run;
}

test('an adapter takes the place of SFT until it is taken away, and undoes what was trained', async () => {
  const made = await started();
  const { studio, engine } = made;
  expect(missing(state(studio), 'merge')).toEqual(['sft']);
  await done(made, 'sft', 3);
  await studio.loadAdapter('teacher', adapter);
  expect(state(studio).models.teacher.adapter).toMatchObject({ name: 'mine', rank: 4 });
  expect(state(studio).stages.sft.state).toBe('idle');
  expect(missing(state(studio), 'merge')).toEqual([]);
  await done(made, 'merge', 0);
  await studio.discardAdapter('teacher');
  expect(state(studio).models.teacher.adapter).toBeUndefined();
  expect(state(studio).stages.merge.state).toBe('idle');
  expect(missing(state(studio), 'merge')).toEqual(['sft']);
  expect(engine().calls).toContain('discardAdapter teacher');
});

test('a teacher that teaches as it was loaded needs no merge, and “run all” leaves SFT and merge out', async () => {
  const { studio } = await started();
  expect(missing(state(studio), 'distill')).toEqual(['merge']);
  expect(remaining(state(studio))).toEqual(['baseline', 'sft', 'merge', 'distill', 'evaluate']);
  state(studio).setField('distill.teacher', 'loaded');
  expect(missing(state(studio), 'distill')).toEqual([]);
  expect(missing(state(studio), 'evaluate')).toEqual(['distill']);
  expect(remaining(state(studio))).toEqual(['baseline', 'distill', 'evaluate']);
});

test('a refused adapter leaves the one before it, another model takes it away', async () => {
  const { studio, engine } = await started();
  await studio.loadAdapter('student', adapter);
  expect(missing(state(studio), 'evaluate')).toEqual([]);
  engine().failure = new StudioError('adapter-unsupported', 'DoRA', {
    field: 'use_dora',
    found: 'true',
    known: 'false',
  });
  await studio.loadAdapter('student', { ...adapter, name: 'other' });
  expect(codes(studio)).toEqual(['adapter-unsupported']);
  expect(state(studio).models.student.adapter?.name).toBe('mine');
  await studio.loadModel('student', { ...adapter, name: 'model' });
  expect(state(studio).models.student.adapter).toBeUndefined();
});

test('an adapter comes back with the engine that was lost', async () => {
  const { studio, engine, lose } = await started();
  await studio.loadAdapter('teacher', adapter);
  lose({ code: 'device-lost', message: 'gone', detail: {} });
  await turn();
  await studio.restart();
  expect(engine().calls).toContain('loadAdapter teacher mine');
  expect(state(studio).models.teacher.adapter?.name).toBe('mine');
});

test('a result is saved with the chosen size of files; until then nothing else starts', async () => {
  const made = await started();
  const { studio, engine } = made;
  expect(savable(state(studio), 'sft')).toEqual([]);
  await done(made, 'sft', 3);
  expect(savable(state(studio), 'sft')).toEqual(['teacher-adapter']);
  state(studio).setShardMegabytes(5);
  const saving = studio.save('teacher-adapter', folder);
  expect(state(studio).saving).toMatchObject({ artifact: 'teacher-adapter', saved: undefined });
  await studio.run('merge');
  await studio.loadModel('teacher', adapter);
  expect(codes(studio)).toEqual(['saving']);
  expect((await saving)?.files).toEqual(['adapter_config.json']);
  expect(engine().calls).toContain('saveInto teacher-adapter picked 5000000');
  expect(state(studio).saving).toMatchObject({ bytes: 2, saved: { folder: 'teacher-adapter' } });
  await done(made, 'sft', 1);
  expect(state(studio).saving).toBeUndefined();
});

test('a place that refuses is said, a stop is not; the result stays', async () => {
  const made = await started();
  const { studio, engine } = made;
  await done(made, 'sft', 3);
  engine().failure = new StudioError('save-full', 'full', { file: 'x', reason: 'y' });
  expect(await studio.save('teacher-adapter', folder)).toBeUndefined();
  engine().failure = new StudioError('save-stopped', 'stopped');
  expect(await studio.save('teacher-adapter', folder)).toBeUndefined();
  expect(codes(studio)).toEqual(['save-full']);
  expect(state(studio).saving).toBeUndefined();
  expect(savable(state(studio), 'sft')).toEqual(['teacher-adapter']);
});

test('a stop is heard before the engine knows what is saved', async () => {
  const made = await started();
  const { studio, engine } = made;
  await done(made, 'sft', 3);
  const saving = studio.save('teacher-adapter', folder);
  studio.stopSaving();
  expect(await saving).toBeUndefined();
  expect(state(studio).saving).toBeUndefined();
  expect(engine().calls.filter((call) => call.startsWith('saveInto'))).toEqual([]);
  // Negative control: the next one is not stopped.
  expect(await studio.save('teacher-adapter', folder)).toMatchObject({ folder: 'teacher-adapter' });
});

test('the report of a merge stays until the merge no longer holds', async () => {
  const made = await started();
  const { studio, engine } = made;
  await done(made, 'sft', 3);
  const report = { modules: [], rounding: 0.5, logits: undefined };
  engine().script = [
    { type: 'merged', report },
    { type: 'evaluation', evaluation: evaluationOf('teacher-merged', 3, 1, 2) },
  ];
  await done(made, 'merge', 0);
  expect(state(studio).mergeReport).toEqual(report);
  await studio.loadAdapter('student', adapter);
  expect(state(studio).mergeReport).toEqual(report);
  await studio.loadAdapter('teacher', adapter);
  expect(state(studio).mergeReport).toBeUndefined();
});

test('a recipe goes out and comes in again; a wrong one changes nothing', async () => {
  const { studio } = await started();
  state(studio).setField('lora.rank', 3);
  state(studio).setField('sft.batchSize', 0);
  const text = studio.exportRecipe('http://page.test/recipe.schema.json');
  expect(JSON.parse(text)).toMatchObject({
    ...{ version: 1, teacher: 'big', train: 'train.jsonl', output: 'results', shardMegabytes: 2048 },
    recipe: { lora: { rank: 3 }, sft: { batchSize: 8 } },
  });
  state(studio).setField('lora.rank', 5);
  expect(await studio.importRecipe(new File([text], 'recipe.json'))).toBe(true);
  expect(state(studio).recipe.lora.rank).toBe(3);
  expect(state(studio).drafts).toEqual({});
  expect(await studio.importRecipe(new File(['{"lora": {"rank": 0}}'], 'wrong.json'))).toBe(false);
  expect(codes(studio)).toEqual(['import-invalid']);
  expect(state(studio).recipe.lora.rank).toBe(3);
  expect(await studio.importRecipe(new File(['{}'], 'empty.json'))).toBe(true);
  expect(state(studio).recipe).toEqual(defaultRecipe);
});
