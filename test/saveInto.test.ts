/** Results into a folder through the engine's door: whole and under a name of their own, or not at all, and said why. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createStudioEngine, type Studio } from '../src/engine/engine';
import { withEndToken } from '../src/engine/formats/generationConfig';
import { memorySink } from '../src/engine/formats/sink';
import type { FolderSource } from '../src/engine/studio';
import { defaultRecipe, type Recipe } from '../src/engine/train/recipe';
import { demoModel, demoRows } from './support/demoPair';
import { type FakeDirectory, fakeDirectory } from './support/fakeDirectory';
import { dawn } from './support/gpu';

const recipe: Recipe = { ...defaultRecipe, evaluation: { ...defaultRecipe.evaluation, maxNewTokens: 1 } };

let engine: Studio;

type Files = Extract<FolderSource, { kind: 'files' }>;
const generation = { do_sample: false, eos_token_id: 605 };

/** Only its tokenizer says that 607 ends an answer. */
function withoutEnd(source: Files): Files {
  const file = new File([JSON.stringify(generation)], 'generation_config.json');
  return { ...source, files: source.files.map((one) => (one.name === file.name ? file : one)) };
}

beforeAll(async () => {
  engine = createStudioEngine(dawn());
  await engine.open();
  await engine.loadModel('teacher', withoutEnd(demoModel('teacher') as Files));
  await engine.loadData('train', 'train.jsonl', demoRows('train', 4));
  for (const stage of ['sft', 'merge'] as const) await engine.run(stage, recipe, () => {});
});

const save = (
  { handle }: FakeDirectory,
  { shardBytes = 2048e6, progress = (_bytes: number, _total: number) => {} } = {},
) => engine.saveInto('teacher-merged', handle, { shardBytes }, progress);

describe('saving', () => {
  it('makes a folder of its own, in shards of the given size, and tells how far it is', async () => {
    const to = fakeDirectory();
    const told: number[] = [];
    const saved = await save(to, { shardBytes: 1e6, progress: (bytes, total) => told.push(bytes / total) });
    const files = to.folders.get('teacher-merged')!;
    expect(saved).toMatchObject({ folder: 'teacher-merged', files: [...files.keys()] });
    expect(saved.files).toContain('model.safetensors.index.json');
    // Without its config a folder was not written to its end.
    expect(saved.files.at(-1)).toBe('config.json');
    const shards = [...files].filter(([name]) => name.endsWith('.safetensors'));
    expect(shards.length).toBeGreaterThan(1);
    for (const [, bytes] of shards) expect(bytes).toBeLessThan(1.1e6);
    expect(saved.bytes).toBe([...files.values()].reduce((sum, bytes) => sum + bytes, 0));
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
    // The second one does not write over the first.
    expect((await save(to)).folder).toBe('teacher-merged-2');
    // Nor one over what is called the same on some systems: there it would be that folder, and a stop would delete it.
    to.folders.set('Teacher-Merged-3', new Map());
    expect((await save(to)).folder).toBe('teacher-merged-4');
    expect(to.folders.get('Teacher-Merged-3')).toEqual(new Map());
  });

  it('writes the forms that are asked for, under a name, and counts them all', async () => {
    const to = fakeDirectory();
    const told: [number, number][] = [];
    const options = { shardBytes: 2048e6, forms: ['onnx-fp32', 'onnx-q4'], name: 'sums' } as const;
    const saved = await engine.saveInto('teacher-merged', to.handle, options, (...at) => told.push(at));
    expect(saved.folder).toBe('sums');
    const files = to.folders.get('sums')!;
    const onnx = ['onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model_q4.onnx', 'onnx/model_q4.onnx_data'];
    expect([...files.keys()]).toEqual(expect.arrayContaining(onnx));
    const weights = [...files].filter(([name]) => name.startsWith('onnx/') || name.endsWith('.safetensors'));
    expect(told.at(-1)![0]).toBe(told.at(-1)![1]);
    expect(Math.abs(weights.reduce((sum, [, bytes]) => sum + bytes, 0) - told.at(-1)![1])).toBeLessThan(1e5);
  });

  it('names the token that ends an answer, also where only the tokenizer knew it', async () => {
    const { files, create } = memorySink();
    await engine.save('teacher-merged', { create }, {});
    const written = JSON.parse(await files.get('generation_config.json')!.text());
    expect(written).toEqual({ ...generation, eos_token_id: [607, 605] });
    // Where it is stated, the file stays as it is.
    expect(await withEndToken(files, written.eos_token_id, 607)).toBe(files);
  });

  it.each([
    ['QuotaExceededError', 'save-full'],
    ['NotAllowedError', 'save-denied'],
    ['InvalidStateError', 'save-failed'],
  ])('says what %s means, and keeps nothing of it but the model', async (name, code) => {
    const to = fakeDirectory();
    to.failWrites = name;
    await expect(save(to)).rejects.toMatchObject({ code, detail: { reason: 'the reason' } });
    expect(to.folders.size).toBe(0);
    to.failWrites = undefined;
    to.failOpening = name;
    await expect(save(to)).rejects.toMatchObject({ code });
    to.failOpening = undefined;
    expect((await save(to)).folder).toBe('teacher-merged');
  });

  it('can be stopped on the way, and nothing can be run meanwhile', async () => {
    const to = fakeDirectory();
    const stopped = save(to, { progress: () => engine.stop() });
    await expect(engine.run('merge', recipe, () => {})).rejects.toMatchObject({ code: 'still-loading' });
    await expect(stopped).rejects.toMatchObject({ code: 'save-stopped' });
    expect(to.folders.size).toBe(0);
    expect((await save(to)).files).toContain('model.safetensors');
  });

  it('what is not there yet leaves no folder', async () => {
    const to = fakeDirectory();
    const nothing = engine.saveInto('student-adapter', to.handle, { shardBytes: 1 }, () => {});
    await expect(nothing).rejects.toMatchObject({ code: 'nothing-to-save' });
    expect(to.folders.size).toBe(0);
  });
});
