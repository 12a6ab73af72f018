// Rows as other programs tokenise them, through the studio's own path: JSONL, template, layout, packing. Three rows as the
// recipe's publisher does, every place of them; and all demo rows as Transformers does, by hashes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { commonPrefix, microBatches, notScored, type PackedBatch, packBatch } from '../../src/engine/data/batches';
import { type TokenRow, tokenizeExamples } from '../../src/engine/data/examples';
import { parseJsonl } from '../../src/engine/data/jsonl';
import { type Layout, packed } from '../../src/engine/data/layout';
import { layoutFor } from '../../src/engine/train/objective';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { qwenJson, qwenTokenizer } from '../support/qwen';

const ids = v.array(v.number());
const seed = v.parse(
  v.object({
    examples: v.array(
      v.object({
        row: v.record(v.string(), v.string()),
        seed_exact: v.object({ input_ids: ids, attention_mask: ids, labels: ids }),
        untruncated: v.object({ prompt_ids: ids, answer_ids: ids }),
      }),
    ),
    shared_prefix_len: v.number(),
    train_prompt_len_hist: v.record(v.string(), v.number()),
  }),
  qwenJson('seed-tokenisation.json'),
);
const hashes = v.object({
  ...{ rows: v.number(), whole: v.string(), input_ids: v.string(), attention_mask: v.string(), labels: v.string() },
});
const demo = v.parse(v.object({ train: hashes, test: hashes }), qwenJson('demo-rows.json'));
const watch = { boundary: async () => 'go' as const, progress: () => {} };
const exact = {
  ...defaultRecipe,
  ...{ lengths: { prompt: 30, answer: 20, labelPadding: true }, sharePrefix: false },
  distill: { ...defaultRecipe.distill, divergenceShift: false },
};

async function tokenize(bytes: Uint8Array): Promise<readonly TokenRow[]> {
  const { examples } = parseJsonl(bytes);
  const { systemPrompt, lengths } = defaultRecipe;
  const options = { systemPrompt, maxTokens: 32_768, lengths, asked: true };
  return (await tokenizeExamples(qwenTokenizer(), examples, options, watch))!.rows;
}

describe.each(seed.examples)('$row.instruction', ({ row, seed_exact: expected, untruncated }) => {
  const read = () => tokenize(new TextEncoder().encode(JSON.stringify(row)));

  it('is whole in the clean layout', async () => {
    const [found] = await read();
    expect([...found!.prompt]).toEqual(untruncated.prompt_ids);
    expect([...found!.answer]).toEqual(untruncated.answer_ids);
  });

  it('has the ids, mask and labels of the seed', async () => {
    const batch = packBatch(await read(), layoutFor(exact, qwenTokenizer(), true));
    const { input_ids, attention_mask, labels } = expected;
    const scored = new Map(Array.from(batch.labelRows, (t, i) => [batch.positions[t]!, i]));
    // Every position that has a label is computed, and so is the one before the first.
    expect([...scored.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_, i) => 29 + i));
    for (let t = 0; t < batch.tokens; t++) {
      const position = batch.positions[t]!;
      expect(batch.ids[t]).toBe(input_ids[position]);
      // Filling is seen by nobody, a real token at least by itself.
      expect(batch.queryEnd[t]! > t ? 1 : 0).toBe(attention_mask[position]);
      const label = scored.get(position);
      if (label === undefined) continue;
      expect(batch.targets[label]).toBe(labels[position + 1] ?? 0xffffffff);
      expect(batch.compared[label]).toBe(labels[position] === -100 ? 0 : 1);
    }
    // What is left out is filling that nothing is predicted from.
    const computed = new Set(batch.positions);
    expect(input_ids.flatMap((_, i) => (computed.has(i) || !attention_mask[i] ? [] : [i]))).toEqual([]);
  });
});

/** Batches of eight, as a recipe trains on them without shuffling. */
function batchesOf(rows: readonly TokenRow[], layout: Layout): PackedBatch[] {
  return microBatches(rows, [...rows.keys()], 8, 1).flatMap((step) => step.map((batch) => packBatch(batch, layout)));
}

/** The packed places of each row behind the prefix: a row's keys begin where it does. */
function spansOf(batch: PackedBatch): number[][] {
  const own = Array.from({ length: batch.tokens - batch.prefix }, (_, i) => batch.prefix + i);
  const starts = own.filter((t) => batch.keyStart[t] === t);
  return starts.map((start, i) => own.filter((t) => t >= start && t < (starts[i + 1] ?? batch.tokens)));
}

/** Prompt and answer of every row, read back from a batch that nothing was cut from. */
function wholeRows(batch: PackedBatch): number[][][] {
  return spansOf(batch).map((span) => {
    const labels = Array.from(batch.labelRows, (t, i) => ({ t, i })).filter(({ t }) => span.includes(t));
    const prompt = [...batch.ids.subarray(0, batch.prefix), ...span.map((t) => batch.ids[t]!)];
    return [prompt.slice(0, batch.positions[labels[0]!.t]! + 1), labels.map(({ i }) => batch.targets[i]!)];
  });
}

/** What the fixed places of every row hold; a place that is not computed is filling that nobody sees. */
function fixedRows(batch: PackedBatch) {
  return spansOf(batch).map((span) => {
    const row = {
      input_ids: new Array<number>(50).fill(qwenTokenizer().padToken),
      attention_mask: new Array<number>(50).fill(0),
      labels: new Array<number>(50).fill(-100),
    };
    for (const t of span) {
      row.input_ids[batch.positions[t]!] = batch.ids[t]!;
      row.attention_mask[batch.positions[t]!] = batch.queryEnd[t]! > t ? 1 : 0;
    }
    for (const [i, t] of batch.labelRows.entries()) {
      if (span.includes(t) && batch.targets[i] !== notScored) row.labels[batch.positions[t]! + 1] = batch.targets[i]!;
    }
    return row;
  });
}

const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

describe.each(['train', 'test'] as const)('all rows of %s.jsonl', (split) => {
  const expected = demo[split];
  const bytes = readFileSync(new URL(`../../public/data/${split}.jsonl`, import.meta.url));

  it('are the ids of Transformers in the clean layout', async () => {
    const rows = await tokenize(bytes);
    const whole = batchesOf(rows, packed).flatMap(wholeRows);
    expect([whole.length, digest(whole)]).toEqual([expected.rows, expected.whole]);
    whole[7]![1]![0]! += 1;
    expect(digest(whole)).not.toBe(expected.whole);
  });

  it('are the ids, masks and labels of the fixed layout', async () => {
    const batches = batchesOf(await tokenize(bytes), layoutFor(exact, qwenTokenizer(), true));
    const rows = batches.flatMap(fixedRows);
    for (const name of ['input_ids', 'attention_mask', 'labels'] as const) {
      expect([name, digest(rows.map((row) => row[name]))]).toEqual([name, expected[name]]);
      rows.at(-1)![name][49] = 7;
      expect(digest(rows.map((row) => row[name]))).not.toBe(expected[name]);
    }
  });
});

it('the prompts have the lengths and the common prefix that the publisher counted', async () => {
  const rows = await tokenize(readFileSync(new URL('../../public/data/train.jsonl', import.meta.url)));
  const lengths: Record<string, number> = {};
  for (const { prompt } of rows) lengths[prompt.length] = (lengths[prompt.length] ?? 0) + 1;
  expect(lengths).toEqual(seed.train_prompt_len_hist);
  expect(commonPrefix(rows)).toBe(seed.shared_prefix_len);
});
