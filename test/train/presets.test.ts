// Both presets against Transformers, PEFT and PyTorch in float64: the padded layout, and twelve steps of SFT and distillation.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packBatch } from '../../src/engine/data/batches';
import type { Layout } from '../../src/engine/data/layout';
import { readFloats } from '../../src/engine/formats/floats';
import { blobSource } from '../../src/engine/formats/folder';
import { openSafetensors } from '../../src/engine/formats/safetensors';
import { distill } from '../../src/engine/train/distill';
import { layoutFor, runSizes } from '../../src/engine/train/objective';
import { type Preset, presetNames } from '../../src/engine/train/presets';
import { parseRecipe, type Recipe } from '../../src/engine/train/recipe';
import { learningRate } from '../../src/engine/train/schedule';
import { sft } from '../../src/engine/train/sft';
import { Trainer } from '../../src/engine/train/trainer';
import { cosine, tolerance } from '../support/compare';
import { type Bench, bench } from '../support/gpu';
import { adapterOf, readAdapter, tinyModel } from '../support/tinyModel';

interface Step {
  readonly loss: number;
  readonly crossEntropy: number;
  readonly divergence?: number;
}

interface Facts {
  readonly rows: readonly { readonly prompt: readonly number[]; readonly answer: readonly number[] }[];
  readonly lengths: Pick<Layout, 'prompt' | 'answer' | 'pad'>;
  readonly lora: { readonly rank: number; readonly alpha: number };
  readonly training: Readonly<Record<'steps' | 'batch' | 'learningRate' | 'warmupSteps' | 'temperature', number>>;
  /** Of the first batch, [rows, prompt + answer]. */
  readonly padded: Readonly<Record<'input_ids' | 'attention_mask' | 'labels', readonly (readonly number[])[]>>;
  readonly runs: Readonly<Record<string, readonly Step[]>>;
}

const folder = join(import.meta.dirname, '../fixtures/presets');
const facts: Facts = JSON.parse(readFileSync(join(folder, 'presets.json'), 'utf8'));
const rows = facts.rows.map(({ prompt, answer }, index) => ({
  prompt: Uint32Array.from(prompt),
  answer: Uint32Array.from(answer),
  example: { line: index + 1, messages: [], question: '', answer: '' },
}));

/** Under the preset's name, but for the lengths: these rows are shorter than the published ones. */
function recipeOf(preset: Preset): Recipe {
  const recipe = parseRecipe({ preset });
  const { prompt, answer } = preset === 'clean' ? recipe.lengths : facts.lengths;
  return { ...recipe, lengths: { ...recipe.lengths, prompt, answer } };
}

const layoutOf = (preset: Preset) => layoutFor(recipeOf(preset), { padToken: facts.lengths.pad }, true);
const exact = layoutOf('seed-exact');

async function adapters(prefix: string) {
  const source = blobSource('adapters', new Blob([readFileSync(join(folder, 'adapters.safetensors'))]));
  const { tensors } = await openSafetensors(source);
  const keys = [...tensors.keys()].filter((key) => key.startsWith(`${prefix}.`));
  const entries = keys.map(
    async (key) => [key.slice(prefix.length + 1), await readFloats({ source, info: tensors.get(key)! })] as const,
  );
  return new Map(await Promise.all(entries));
}

async function twelveSteps(b: Bench, stage: 'sft' | 'distill', preset: Preset, change: Partial<Layout> = {}) {
  const { batch, steps, temperature, ...rate } = facts.training;
  const training = { ...recipeOf(preset).distill, ...rate, temperature, batchSize: batch };
  const layout = { ...layoutOf(preset), ...change };
  const model = await tinyModel(b.gpu, b.arena, stage === 'sft' ? 'teacher' : 'student');
  const adapter = adapterOf(b.gpu, b.arena, model, facts.lora, await adapters(`initial.${stage}`));
  const sizes = runSizes(rows, batch, layout);
  const settings = { training, dropout: 0, seed: 0, vocabulary: model.config.vocabulary, layout };
  const trainer = new Trainer(b.gpu, b.arena, model, adapter, sizes, settings);
  const teacher = stage === 'distill' ? await tinyModel(b.gpu, b.arena, 'teacher') : undefined;
  const objective = teacher ? distill(b.arena, teacher, training, sizes, trainer.chunk) : sft;
  const found: number[] = [];
  for (let step = 0; step < steps; step++) {
    const start = (step * batch) % rows.length;
    const micro = [rows.slice(start, start + batch)];
    const rate = learningRate(training, step, steps);
    const { report: coming, labels, scales } = await trainer.step(objective, micro, step, rate);
    const report = await coming;
    expect(report.valid).toBe(labels);
    found.push(objective.combine(report.crossEntropy * scales.crossEntropy, report.divergence * scales.divergence));
  }
  trainer.destroy();
  return { losses: found, final: await readAdapter(b.gpu, adapter) };
}

const largestError = (found: readonly number[], steps: readonly Step[]) =>
  Math.max(...found.map((loss, i) => Math.abs(loss / steps[i]!.loss - 1)));

describe.each(presetNames)('%s', (preset) => {
  it.each(['sft', 'distill'] as const)('twelve steps of %s as in PyTorch', async (stage) => {
    const { losses, final } = await twelveSteps(await bench(), stage, preset);
    expect(largestError(losses, facts.runs[`${preset}.${stage}`]!)).toBeLessThan(tolerance.tenSteps);
    const initial = await adapters(`initial.${stage}`);
    for (const [key, values] of await adapters(`${preset}.${stage}`)) {
      expect(cosine(final.get(key)!, values), key).toBeGreaterThan(0.99999);
      // Negative control: the adapter has moved away from where it began.
      expect(cosine(initial.get(key)!, values), key).toBeLessThan(0.99999);
    }
  });
});

describe('each quirk alone', () => {
  it.each([{ prompt: 0 }, { answer: 0 }, { labelPadding: false }, { divergenceShift: true }])(
    '%j is seen in the losses',
    async (change) => {
      const { losses } = await twelveSteps(await bench(), 'distill', 'seed-exact', change);
      expect(largestError(losses, facts.runs['seed-exact.distill']!)).toBeGreaterThan(1e-3);
    },
  );

  it('sharing the prefix is the same arithmetic without dropout', async () => {
    const { losses } = await twelveSteps(await bench(), 'distill', 'seed-exact', { sharePrefix: true });
    expect(largestError(losses, facts.runs['seed-exact.distill']!)).toBeLessThan(tolerance.tenSteps);
  });
});

/** What attention may see, where, and what is scored, row by row, from Transformers' tensors and from the packed batch. */
describe('the padded layout', () => {
  const batch = packBatch(rows.slice(0, facts.training.batch), exact);
  const width = exact.prompt + exact.answer;

  it('has the tokens, positions and visible keys of the mask wherever a label is predicted', () => {
    let start = 0;
    let scored = 0;
    facts.padded.input_ids.forEach((ids, r) => {
      const mask = facts.padded.attention_mask[r]!;
      const labels = facts.padded.labels[r]!;
      for (; scored < batch.labels && batch.keyStart[batch.labelRows[scored]!] === start; scored++) {
        const t = batch.labelRows[scored]!;
        const position = batch.positions[t]!;
        expect(batch.ids[t]).toBe(ids[position]);
        const keys = Array.from({ length: batch.keyEnd[t]! - start }, (_, i) => batch.positions[start + i]);
        expect(keys).toEqual(mask.flatMap((seen, j) => (seen && j <= position ? [j] : [])));
        expect(batch.targets[scored]).toBe(labels[position + 1] ?? 0xffffffff);
        expect(batch.compared[scored]).toBe(labels[position] === -100 ? 0 : 1);
      }
      start = batch.keyStart.findIndex((value) => value > start);
    });
    expect(scored).toBe(batch.labels);
    expect([batch.labels, batch.scored]).toEqual([batch.rows * (exact.answer + 1), batch.rows * exact.answer]);
    expect(Math.max(...batch.positions)).toBe(width - 1);
  });

  it('shows every key to exactly the queries that see it', () => {
    const seen = (t: number, j: number) => j >= batch.keyStart[t]! && j < batch.keyEnd[t]!;
    for (let j = 0; j < batch.tokens; j++) {
      const queries = Array.from(batch.ids.keys()).filter((t) => seen(t, j));
      const promised = Array.from({ length: batch.queryEnd[j]! - j }, (_, i) => j + i);
      expect(queries).toEqual(promised);
    }
  });
});
