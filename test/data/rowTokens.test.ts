// A row as the page shows it is a row as it is trained: the same places, tokens and labels as `packBatch` scores.
import { describe, expect, it } from 'vitest';
import { notScored, packBatch } from '../../src/engine/data/batches';
import { type TokenRow, tokenizeExample, tokenizeExamples } from '../../src/engine/data/examples';
import { parseJsonl } from '../../src/engine/data/jsonl';
import { fates, rowLengths } from '../../src/engine/data/lengths';
import { type RowTokens, showRow } from '../../src/engine/data/rowTokens';
import { layoutFor } from '../../src/engine/train/objective';
import { defaultRecipe, parseRecipe, type Recipe } from '../../src/engine/train/recipe';
import { qwenTokenizer } from '../support/qwen';

const tokenizer = qwenTokenizer();
const exact = parseRecipe({ preset: 'seed-exact' });

function rowOf(question: string, answer: string, recipe: Recipe): TokenRow {
  const line = JSON.stringify({ question, answer });
  const [example] = parseJsonl(new TextEncoder().encode(line)).examples;
  const { systemPrompt, lengths } = recipe;
  const row = tokenizeExample(tokenizer, example!, { systemPrompt, lengths, maxTokens: 4096, asked: false });
  if ('code' in row) throw new Error(row.message);
  return row;
}

const shown = (row: TokenRow, recipe: Recipe): RowTokens =>
  showRow(row, layoutFor(recipe, tokenizer, false), tokenizer);
const kinds = ({ tokens }: RowTokens, kind: string) => tokens.filter((token) => token.kind === kind);

describe.each([
  ['clean', defaultRecipe],
  ['seed-exact', exact],
])('%s', (_, recipe) => {
  it.each([
    ['2631', '王大丫丫的回答是--->2164 + 467'],
    ['7', '3 + 4'],
    ['一个很长的问题'.repeat(9), '一个很长的答案'.repeat(9)],
  ])('%s: what is shown as learnt is what the batch scores, where it scores it', (question, answer) => {
    const row = rowOf(question, answer, recipe);
    const found = shown(row, recipe);
    const batch = packBatch([row], layoutFor(recipe, tokenizer, false));
    const scored = new Map(Array.from(batch.labelRows, (t, i) => [batch.positions[t]! + 1, batch.targets[i]!]));
    for (const [at, target] of scored) if (target === notScored) scored.delete(at);
    const learnt = found.tokens.flatMap(({ kind, id }, at) => (kind.endsWith('label') ? [[at, id] as const] : []));
    expect(new Map(learnt)).toEqual(scored);
    expect(found.labels).toBe(scored.size);
    for (let t = 0; t < batch.tokens; t++) expect(found.tokens[batch.positions[t]!]?.id).toBe(batch.ids[t]);
  });
});

describe('text', () => {
  it('of all tokens together is the text of the row, special tokens included', () => {
    const row = rowOf('2631', '你好 🐉 world', defaultRecipe);
    const found = shown(row, defaultRecipe);
    expect(found.tokens.map(({ text }) => text).join('')).toBe(tokenizer.show([...row.prompt, ...row.answer]));
    expect(found.tokens.filter(({ special }) => special).map(({ text }) => text)).toEqual([
      ...['<|im_start|>', '<|im_end|>', '<|im_start|>', '<|im_end|>', '<|im_start|>', '<|im_end|>'],
    ]);
  });

  it('of a character that several tokens share stands on the first of them, never as a broken one', () => {
    const { tokens } = shown(rowOf('q', '𓀀𠮷', defaultRecipe), defaultRecipe);
    const label = tokens.filter(({ kind }) => kind === 'label');
    expect(label.length).toBeGreaterThan(3);
    expect(label.map(({ text }) => text).join('')).toBe('𓀀𠮷<|im_end|>');
    expect(label.some(({ text }) => text.includes('\ufffd'))).toBe(false);
  });
});

describe('seed-exact', () => {
  it('cuts and fills to 30 + 20, and says how many tokens are cut', () => {
    const short = shown(rowOf('7', '3 + 4', exact), exact);
    expect([short.tokens.length, short.labels, kinds(short, 'filling').length]).toEqual([50, 20, 30 - short.prompt]);
    expect(kinds(short, 'filling-label').length).toBeGreaterThan(10);
    const row = rowOf('1'.repeat(40), '2'.repeat(40), exact);
    const long = shown(row, exact);
    expect([long.prompt, long.labels]).toEqual([30, 20]);
    expect([long.cutPrompt, long.cutAnswer]).toEqual([row.prompt.length - 30, row.answer.length - 20]);
    expect(kinds(long, 'filling-label')).toEqual([]);
  });
});

describe('lengths', () => {
  const lines = ['7', '1'.repeat(40), '1'.repeat(200), '8'.repeat(9000)].map((question) =>
    JSON.stringify({ question, answer: '3 + 4' }),
  );
  const { examples } = parseJsonl(new TextEncoder().encode(lines.join('\n')));

  it.each([
    ['clean', defaultRecipe, [fates.whole, fates.whole, fates.dropped, fates.dropped]],
    ['seed-exact', exact, [fates.whole, fates.cut, fates.cut, fates.dropped]],
  ])('%s: whole, cut or dropped, as training has it', async (_, { systemPrompt, lengths }, expected) => {
    const options = { systemPrompt, lengths, maxTokens: 100, asked: false };
    const watch = { boundary: async () => 'go' as const, progress: () => {} };
    const made = await tokenizeExamples(tokenizer, examples, options, watch);
    const found = rowLengths(examples, made!, lengths, 100);
    expect([...found.fates]).toEqual(expected);
    const row = rowOf('1'.repeat(40), '3 + 4', defaultRecipe);
    expect(found.tokens[1]).toBe(row.prompt.length + row.answer.length);
    // Nobody counts a text that is far too long.
    expect(found.tokens[3]).toBe(0);
  });
});
