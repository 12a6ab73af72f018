// A student that reads other tokens than its teacher: said when it is loaded, refused when it should be distilled.
import { expect, it } from 'vitest';
import { createStudioEngine } from '../../src/engine/engine';
import type { FolderSource } from '../../src/engine/studio';
import { defaultRecipe, type Recipe } from '../../src/engine/train/recipe';
import { demoModel, demoRows } from '../support/demoPair';
import { dawn } from '../support/gpu';

/** The demo student with two tokens that have each other's numbers. */
async function swapped(one: number, other: number): Promise<FolderSource> {
  const source = demoModel('student');
  if (source.kind !== 'files') throw new Error('the demo pair is a folder');
  const change = async (file: File): Promise<File> => {
    if (file.name !== 'tokenizer.json') return file;
    const json = JSON.parse(await file.text());
    const { vocab } = json.model;
    for (const token of Object.keys(vocab)) {
      if (vocab[token] === one) vocab[token] = other;
      else if (vocab[token] === other) vocab[token] = one;
    }
    return new File([JSON.stringify(json)], file.name);
  };
  return { ...source, files: await Promise.all(source.files.map(change)) };
}

it('is named by the first token that differs, before and at distillation', async () => {
  const engine = createStudioEngine(dawn());
  await engine.open();
  await engine.loadModel('teacher', demoModel('teacher'));
  expect((await engine.loadModel('student', demoModel('student'))).mismatch).toBeUndefined();
  const info = await engine.loadModel('student', await swapped(400, 500));
  expect(info.mismatch).toMatchObject({ id: 400 });
  expect(info.mismatch?.teacher).not.toBe(info.mismatch?.student);

  await engine.loadData('train', 'train', demoRows('train', 4));
  await engine.loadData('test', 'test', demoRows('test', 1));
  const evaluation = { everySteps: 0, sampleRows: 1, lossRows: 1, maxNewTokens: 1 };
  const recipe: Recipe = { ...defaultRecipe, evaluation };
  for (const stage of ['sft', 'merge'] as const) await engine.run(stage, recipe, () => {});
  const distil = () => engine.run('distill', recipe, () => {});
  await expect(distil()).rejects.toMatchObject({ code: 'tokenizers-differ', detail: { id: 400 } });
  await engine.loadModel('student', demoModel('student'));
  expect((await distil()).outcome).toBe('done');
});
