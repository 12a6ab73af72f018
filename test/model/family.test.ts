/** Qwen3, Llama 3, SmolLM2 and a wide Qwen2 against Transformers and PEFT in float64: logits, gradients, twelve steps. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packBatch } from '../../src/engine/data/batches';
import type { TokenRow } from '../../src/engine/data/examples';
import { readFloats } from '../../src/engine/formats/floats';
import { blobSource } from '../../src/engine/formats/folder';
import { openSafetensors } from '../../src/engine/formats/safetensors';
import { allocateBatch, uploadBatch } from '../../src/engine/model/batch';
import * as head from '../../src/engine/model/head';
import * as transformer from '../../src/engine/model/transformer';
import { allocateWorkspace } from '../../src/engine/model/workspace';
import { runSizes } from '../../src/engine/train/objective';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { learningRate } from '../../src/engine/train/schedule';
import { sft } from '../../src/engine/train/sft';
import { Trainer } from '../../src/engine/train/trainer';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { type Bench, bench } from '../support/gpu';
import { adapterOf, modelOf, readAdapter } from '../support/tinyModel';

interface Facts {
  readonly rows: readonly { readonly prompt: readonly number[]; readonly answer: readonly number[] }[];
  readonly lora: { readonly rank: number; readonly alpha: number };
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly losses: readonly number[];
}

const fixtures = join(import.meta.dirname, '../fixtures/family');

async function golden(name: string) {
  const folder = join(fixtures, name);
  const source = blobSource(name, new Blob([readFileSync(join(folder, 'goldens.safetensors'))]));
  const { tensors } = await openSafetensors(source);
  const floats = (key: string) => readFloats({ source, info: tensors.get(key)! });
  const group = async (prefix: string) => {
    const keys = [...tensors.keys()].filter((key) => key.startsWith(`${prefix}.`));
    const entries = keys.map(async (key) => [key.slice(prefix.length + 1), await floats(key)] as const);
    return new Map(await Promise.all(entries));
  };
  const ids = tensors.get('ids')!;
  const facts: Facts = JSON.parse(readFileSync(join(folder, 'goldens.json'), 'utf8'));
  const rows: TokenRow[] = facts.rows.map(({ prompt, answer }, i) => ({
    prompt: Uint32Array.from(prompt),
    answer: Uint32Array.from(answer),
    example: { line: i + 1, messages: [], question: '', answer: '' },
  }));
  return { folder, floats, group, facts, rows, ids: new Uint32Array((await source.read(ids.start, ids.end)).buffer) };
}

async function trainer(b: Bench, name: string) {
  const { folder, facts, rows, group } = await golden(name);
  const model = await modelOf(b.gpu, b.arena, folder);
  const adapter = adapterOf(b.gpu, b.arena, model, facts.lora, await group('initial'));
  const { learningRate: rate, warmupSteps } = facts;
  const training = { ...defaultRecipe.sft, learningRate: rate, warmupSteps, batchSize: facts.batch };
  const options = { training, dropout: 0, seed: 0, vocabulary: model.config.vocabulary };
  const made = new Trainer(b.gpu, b.arena, model, adapter, runSizes(rows, facts.batch), options);
  return { made, adapter, training, facts, rows, group };
}

describe.each(['qwen3', 'llama3', 'smollm', 'qwen2'])('%s', (name) => {
  it('has PyTorch’s logits at every position of a long row', async () => {
    const b = await bench();
    const { folder, ids, floats } = await golden(name);
    const model = await modelOf(b.gpu, b.arena, folder);
    const batch = packBatch([{ prompt: ids.slice(0, 1), answer: Uint32Array.from([...ids.slice(1), 0]) }]);
    const tensors = allocateBatch(b.arena, batch.tokens, batch.labels + 64);
    const sizes = { maxTokens: batch.tokens, maxPositions: batch.tokens, rank: 0 };
    const space = allocateWorkspace(b.arena, model.config, sizes, false);
    const logits = head.allocateHead(b.arena, model.config, 128);
    uploadBatch(b.gpu, tensors, batch);
    transformer.forward(b.rec, model, space, { tokens: batch.tokens, prefix: batch.prefix, batch: tensors });
    head.forward(b.rec, model, logits, space.last, tensors.labelRows, { start: 0, rows: batch.labels });
    const found = (await b.read(logits.logits)).subarray(0, batch.labels * model.config.vocabulary);
    const expected = await floats('logits');
    const largest = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
    expect(largest).toBeLessThan(tolerance.logits);
    expect(
      relativeError(
        found,
        expected.map((_, i) => expected[(i + 70) % expected.length]!),
      ),
    ).toBeGreaterThan(0.1);
  });

  it('has the gradient of every adapter', async () => {
    const b = await bench();
    const { made, facts, rows, group } = await trainer(b, name);
    await made.step(sft, [rows.slice(0, facts.batch)], 0, 0);
    const found = await readAdapter(b.gpu, made.gradients);
    const expected = await group('gradient');
    expect(expected.size).toBe(28);
    for (const [key, values] of expected) expectClose(found.get(key)!, values, tolerance.modelGradient);
    made.destroy();
  });

  it('trains twelve steps as PyTorch does', async () => {
    const b = await bench();
    const { made, adapter, training, facts, rows, group } = await trainer(b, name);
    for (let step = 0; step < facts.steps; step++) {
      const start = (step * facts.batch) % rows.length;
      const rate = learningRate(training, step, facts.steps);
      const { report, labels } = await made.step(sft, [rows.slice(start, start + facts.batch)], step, rate);
      const error = Math.abs(report.crossEntropy / labels / facts.losses[step]! - 1);
      expect(error, `loss of step ${step + 1}`).toBeLessThan(tolerance.tenSteps);
    }
    const found = await readAdapter(b.gpu, adapter);
    const initial = await group('initial');
    for (const [key, values] of await group('final')) {
      expect(cosine(found.get(key)!, values), key).toBeGreaterThan(0.99999);
      expect(relativeError(initial.get(key)!, values)).toBeGreaterThan(1e-3);
    }
    made.destroy();
  });
});

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
    return sum;
  };
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
