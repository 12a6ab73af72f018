// Which rows a stage gets from a model's context and a recipe's lengths, and what is said about the others.
import { expect, it } from 'vitest';
import { parseJsonl } from '../../src/engine/data/jsonl';
import { TokenizedData } from '../../src/engine/data/tokenized';
import type { LoadedModel } from '../../src/engine/model/loaded';
import type { Dataset, Split, StageEvent } from '../../src/engine/studio';
import { defaultRecipe, type Recipe } from '../../src/engine/train/recipe';
import { rowsOf } from '../../src/engine/train/rows';
import { qwenTokenizer } from '../support/qwen';

const line = JSON.stringify({ instruction: '2631', output: '王大丫丫的回答是--->2164 + 467' });
const { examples } = parseJsonl(new TextEncoder().encode(line));
const dataset: Dataset = { name: 'one', examples, problems: [] };
const tokenized = new TokenizedData();

/** The lines that are used and those that are reported. */
async function found(split: Split, context: number, lengths: Partial<Recipe['lengths']>) {
  const events: StageEvent[] = [];
  const model = { tokenizer: qwenTokenizer(), base: { config: { context } } } as LoadedModel;
  const recipe = { ...defaultRecipe, lengths: { ...defaultRecipe.lengths, ...lengths } };
  const rows = rowsOf({ data: { [split]: dataset }, tokenized }, recipe, { heed: async () => 'go' }, (event) =>
    events.push(event),
  );
  const used = await rows(model, split);
  const told = events.flatMap((event) => (event.type === 'problems' ? event.problems.map(({ code }) => code) : []));
  return [used?.map(({ example }) => example.line), told];
}

it('a row of 31 + 18 tokens is cut to fit in training, and its question is asked whole', async () => {
  expect(await found('train', 30, {})).toEqual([[], ['row-too-long']]);
  expect(await found('train', 30, { prompt: 20, answer: 10 })).toEqual([[1], []]);
  expect(await found('test', 30, { prompt: 20, answer: 10 })).toEqual([[], ['row-too-long']]);
  expect(await found('test', 32, { prompt: 20, answer: 10 })).toEqual([[1], []]);
});

it('a row that is filled up beyond the context is left out', async () => {
  expect(await found('train', 60, { prompt: 50, answer: 20 })).toEqual([[], ['row-too-long']]);
  expect(await found('train', 68, { prompt: 50, answer: 20 })).toEqual([[1], []]);
});
