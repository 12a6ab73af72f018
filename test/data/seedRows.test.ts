// The recipe's rows as its publisher's code tokenises them, through the studio's own path: JSONL, template, layout, packing.
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { packBatch } from '../../src/engine/data/batches';
import { tokenizeExamples } from '../../src/engine/data/examples';
import { parseJsonl } from '../../src/engine/data/jsonl';
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
  }),
  qwenJson('seed-tokenisation.json'),
);
const watch = { boundary: async () => 'go' as const, progress: () => {} };
const exact = {
  ...defaultRecipe,
  ...{ lengths: { prompt: 30, answer: 20, labelPadding: true }, sharePrefix: false },
  distill: { ...defaultRecipe.distill, divergenceShift: false },
};

describe.each(seed.examples)('$row.instruction', ({ row, seed_exact: expected, untruncated }) => {
  const read = async () => {
    const { examples } = parseJsonl(new TextEncoder().encode(JSON.stringify(row)));
    const options = { systemPrompt: defaultRecipe.systemPrompt, maxTokens: 32_768 };
    return (await tokenizeExamples(qwenTokenizer(), examples, options, watch))!.rows;
  };

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
