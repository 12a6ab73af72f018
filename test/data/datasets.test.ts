// The rows as the engine holds them: what takes the place of what, and that every look is a look at the rows of now.
import { expect, it } from 'vitest';
import { fates } from '../../src/engine/data/lengths';
import { Datasets } from '../../src/engine/datasets';
import type { LoadedModel } from '../../src/engine/model/loaded';
import type { Split } from '../../src/engine/studio';
import { defaultRecipe, parseRecipe } from '../../src/engine/train/recipe';
import { qwenTokenizer } from '../support/qwen';

const table = (count: number, from = 1) =>
  new Blob([['question,answer', ...Array.from({ length: count }, (_, i) => `q${from + i},a${from + i}`)].join('\n')]);
const model = { tokenizer: qwenTokenizer(), base: { config: { context: 200 } } } as LoadedModel;
const watch = { boundary: async () => 'go' as const, progress: () => {} };
const questions = (held: Datasets, split: Split) => held.data[split]?.examples.map(({ question }) => question);

async function divided(): Promise<Datasets> {
  const held = new Datasets();
  await held.load('train', 'mine.csv', table(10), {});
  expect(held.divide(0.3, 42)).toHaveLength(3);
  return held;
}

it('a division is drawn again from all rows, and undone by test rows from elsewhere', async () => {
  const held = await divided();
  const first = questions(held, 'test');
  held.divide(0.5, 42);
  expect([questions(held, 'train')?.length, questions(held, 'test')?.length]).toEqual([5, 5]);
  held.divide(0.3, 42);
  expect(questions(held, 'test')).toEqual(first);
  await held.load('test', 'held.csv', table(2, 50), {});
  expect(questions(held, 'train')).toEqual(Array.from({ length: 10 }, (_, i) => `q${i + 1}`));
  expect(questions(held, 'test')).toEqual(['q50', 'q51']);
});

it('other training rows take their test part along; a file without rows takes nothing', async () => {
  const held = await divided();
  const before = held.data;
  await held.load('train', 'bad.csv', new Blob(['nothing']), {});
  expect([questions(held, 'train')?.length, questions(held, 'test')?.length]).toEqual([7, 3]);
  expect(held.data).toBe(before);
  await held.load('train', 'new.csv', table(4), { most: 3 });
  expect([questions(held, 'train'), questions(held, 'test')]).toEqual([['q1', 'q2', 'q3'], undefined]);
});

it('an edit reaches the part that the row is in, and says whether training has changed', async () => {
  const held = await divided();
  const [row] = held.data.test!.examples;
  const edited = { ...row!, answer: 'new' };
  expect(held.edit('train', [{ place: row!, row: edited }])).toBe(false);
  expect(held.data.test!.examples[0]).toEqual(edited);
  expect(held.edit('train', [{ place: held.data.train!.examples[0]!, row: undefined }])).toBe(true);
  await held.load('test', 'held.csv', table(1, 50), {});
  expect(held.data.train!.examples).toHaveLength(9);
  expect(held.data.train!.examples).toContainEqual(edited);
});

it('lengths and tokens follow an edit, and only the edited row is tokenised again', async () => {
  const held = new Datasets();
  await held.load('train', 'mine.csv', table(3), {});
  let encoded = 0;
  const encode = (text: string): number[] => {
    encoded += 1;
    return model.tokenizer.encode(text);
  };
  const counting = { ...model.tokenizer, encode };
  const counted = { ...model, tokenizer: counting };
  const tokens = async () => [...(await held.lengths(counted, defaultRecipe, watch))!.train!.tokens];
  const before = await tokens();
  expect(encoded).toBe(3);
  const [, row] = held.data.train!.examples;
  const answer = 'a longer answer';
  const messages = [row!.messages[0]!, { role: 'assistant', content: answer } as const];
  held.edit('train', [{ place: row!, row: { ...row!, answer, messages } }]);
  const after = await tokens();
  expect(encoded).toBe(4);
  expect([after[0], after[2]]).toEqual([before[0], before[2]]);
  expect(after[1]).toBeGreaterThan(before[1]!);
  expect(held.rowTokens('train', { line: 3 }, model, defaultRecipe)).toMatchObject({ labels: expect.any(Number) });
  expect(() => held.rowTokens('train', { line: 9 }, model, defaultRecipe)).toThrow('no longer among the rows');
});

it('test rows are asked whole: what training cuts is not left out there, and too long a question is', async () => {
  const held = new Datasets();
  const exact = parseRecipe({ preset: 'seed-exact' });
  await held.load('train', 'long.csv', new Blob([`question,answer\n${'1'.repeat(300)},a`]), {});
  await held.load('test', 'long.csv', new Blob([`question,answer\n${'1'.repeat(300)},a`]), {});
  const { train, test } = (await held.lengths(model, exact, watch))!;
  expect([train!.fates[0], test!.fates[0]]).toEqual([fates.cut, fates.dropped]);
  expect(held.rowTokens('test', { line: 2 }, model, exact)).toMatchObject({ code: 'row-too-long' });
});
