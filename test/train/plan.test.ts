/** The memory plan without a GPU: the published recipe on the real configs, and how it answers to the settings. */
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/engine/model/config';
import { parameterCount } from '../../src/engine/model/tensors';
import type { MemoryUse, Stage, StagePlan } from '../../src/engine/studio';
import type { PlanInput } from '../../src/engine/train/plan';
import { planMemory, planStage } from '../../src/engine/train/planHints';
import { defaultRecipe, type Recipe } from '../../src/engine/train/recipe';
import type { Row } from '../../src/engine/train/testLoss';
import { publishedRows } from '../support/published';
import { qwenJson } from '../support/qwen';

const GiB = 2 ** 30;

const config = (size: string) => parseConfig(qwenJson(`config-Qwen2.5-${size}-Instruct.json`));

let published: PlanInput;
beforeAll(async () => {
  const rows = { train: await publishedRows('train'), test: await publishedRows('test') };
  const models = { teacher: { config: config('3B'), ...rows }, student: { config: config('0.5B'), ...rows } };
  published = { limit: 2 ** 31 - 4, recipe: defaultRecipe, models, shared: rows.train, kept: {} };
});

function planned(stage: Stage, change: Partial<PlanInput> = {}): StagePlan {
  const plan = planStage({ ...published, ...change }, stage);
  if (!plan) throw new Error(`${stage} has no plan`);
  return plan;
}

const held = ({ uses }: StagePlan, use: MemoryUse) => uses.find((one) => one.use === use)?.bytes ?? 0;
const recipe = (change: Partial<Recipe>): Partial<PlanInput> => ({ recipe: { ...defaultRecipe, ...change } });

/** A batch of long rows that share no prefix. */
function long(tokens: number, count: number): readonly Row[] {
  return Array.from({ length: count }, (_, i) => ({
    prompt: Uint32Array.from({ length: tokens - 20 }, (_, j) => (j === 0 ? i : j)),
    answer: new Uint32Array(20),
  }));
}

describe('the published recipe, 3B and 0.5B', () => {
  it('fits a card of 24 GiB with room to spare, and not one of 12', () => {
    const plan = planMemory(published);
    const lines = Object.entries(plan).map(([stage, { bytes }]) => `${stage} ${(bytes / GiB).toFixed(2)} GiB`);
    console.log(`published recipe: ${lines.join(', ')}`);
    const peak = Math.max(...Object.values(plan).map(({ bytes }) => bytes));
    expect(peak).toBe(plan.distill?.bytes);
    expect(peak).toBeLessThan(0.6 * 24 * GiB);
    expect(peak).toBeGreaterThan(12 * GiB);
    for (const { tooLarge } of Object.values(plan)) expect(tooLarge).toBeUndefined();
  });

  it('holds the weights of both models, two bytes each, and four for every trained value, gradient and moment', () => {
    const sft = planned('sft');
    expect(held(sft, 'teacher-weights')).toBe(2 * parameterCount(config('3B')));
    expect(held(sft, 'student-weights')).toBe(2 * parameterCount(config('0.5B')));
    const trained = 14_966_784;
    expect(held(sft, 'adapters') / (4 * trained)).toBeCloseTo(1, 4);
    expect(held(sft, 'optimizer') / (12 * trained)).toBeCloseTo(1, 2);
  });

  it('holds activations for the longest packed batch that is there: 8 of the longest rows behind one prefix', () => {
    const rows = published.models.teacher!.train;
    const inputs = rows.map(({ prompt, answer }) => prompt.length + answer.length - 1).sort((a, b) => b - a);
    const shared = 22;
    const tokens = inputs.slice(0, 8).reduce((sum, count) => sum + count, 0) - 7 * shared;
    const sft = planned('sft');
    expect(sft.tokens).toBe(tokens);
    // Per token and layer: x and middle [2048], q and attended [2048], k and v [256], stats [32], gate and up [11008], 7 low [8].
    const width = 4 * 2048 + 2 * 256 + 32 + 2 * 11_008 + 7 * 8;
    const others = 2048 + 11_008;
    // Of the last layer only x, k and v, with the lows of k and v, are of every token; the rest, its output, and copies of the
    // rows of x and of its norm are of the label positions.
    const lastTokens = 2048 + 2 * 256 + 2 * 8;
    const picked = width - lastTokens + 3 * 2048;
    const answers = rows.map(({ answer }) => answer.length).sort((a, b) => b - a);
    const labels = answers.slice(0, 8).reduce((sum, count) => sum + count, 0);
    const positions = Math.max(...inputs);
    const values = tokens * (35 * width + lastTokens + others) + labels * picked + positions * 128;
    // Tensors that lie side by side begin on 256 bytes: at most seven gaps a layer.
    expect(held(sft, 'activations')).toBeGreaterThanOrEqual(4 * values);
    expect(held(sft, 'activations')).toBeLessThanOrEqual(4 * values + 36 * 7 * 256);
  });
});

describe('a plan', () => {
  it('reacts to every setting that memory depends on, and to no other', () => {
    const { lora, sft, distill, evaluation } = defaultRecipe;
    const bytes = (stage: Stage, change: Partial<Recipe>) => planned(stage, recipe(change)).bytes;
    const base = { sft: planned('sft').bytes, merge: planned('merge').bytes, distill: planned('distill').bytes };
    expect(bytes('sft', { sft: { ...sft, batchSize: 16 } })).toBeGreaterThan(base.sft);
    expect(bytes('distill', { distill: { ...distill, batchSize: 16 } })).toBeGreaterThan(base.distill);
    expect(bytes('sft', { lora: { ...lora, rank: 16 } })).toBeGreaterThan(base.sft);
    expect(bytes('merge', { lora: { ...lora, targets: ['q_proj'] } })).toBeLessThan(base.merge);
    expect(bytes('merge', { evaluation: { ...evaluation, maxNewTokens: 2048 } })).not.toBe(base.merge);
    const unmoved = { ...sft, accumulation: 4, epochs: 3, learningRate: 1e-3, warmupSteps: 0 };
    expect(bytes('sft', { sft: unmoved, lora: { ...lora, alpha: 1, dropout: 0 }, seed: 7 })).toBe(base.sft);
  });

  it('counts what an earlier run left until the first step of the new one', () => {
    const { lora } = defaultRecipe;
    const again = planned('sft', { kept: { sft: lora, merged: lora } });
    expect(again.bytes - planned('sft').bytes).toBeGreaterThan(4 * GiB);
    expect(held(again, 'earlier')).toBeGreaterThan(5 * GiB);
    expect(planned('merge', { kept: { sft: lora, merged: lora } }).bytes).toBe(planned('merge').bytes);
  });

  it('is there only for stages whose models and rows are', () => {
    const { teacher } = published.models;
    expect(Object.keys(planMemory({ ...published, models: { teacher: teacher! }, shared: [] }))).toEqual([
      'baseline',
      'sft',
      'merge',
    ]);
    expect(planStage({ ...published, shared: [] }, 'distill')).toBeUndefined();
  });

  it('names the change that saves most, and what it would be then', () => {
    const rows = long(2000, 40);
    const { teacher } = published.models;
    const input = { models: { teacher: { ...teacher!, train: rows, test: [] } }, shared: [] };
    const { hint, bytes } = planned('sft', input);
    expect(hint).toMatchObject({ setting: 'sft.batchSize', from: 8, to: 4, binds: true });
    expect(hint?.bytes).toBe(
      planned('sft', { ...input, ...recipe({ sft: { ...defaultRecipe.sft, batchSize: 4 } }) }).bytes,
    );
    expect(hint?.bytes).toBeLessThan(0.6 * bytes);
    // One row of 30,000 tokens among short ones: leaving it out beats half a batch.
    const one = { models: { teacher: { ...teacher!, train: [...long(60, 200), ...long(30_000, 1)], test: [] } } };
    expect(planned('sft', one).hint).toMatchObject({ setting: 'rows.train', from: 30_000, to: 60 });
    // Before the merge there are copies of every projection that was adapted.
    expect(planned('merge').hint).toMatchObject({ setting: 'lora.targets' });
    // Nothing is trained and nothing asked: nothing saves.
    const asked = { models: { teacher: { ...teacher!, test: [] } } };
    expect(planned('baseline', asked).hint).toBeUndefined();
  });

  it('names the tensor that this adapter cannot bind, and the change after which it can', () => {
    const rows = long(1200, 40);
    const { teacher } = published.models;
    const input = { limit: 128 << 20, models: { teacher: { ...teacher!, train: rows, test: [] } }, shared: [] };
    const { tooLarge, hint } = planned('sft', input);
    expect(tooLarge).toMatchObject({ bytes: 8 * 1199 * 11_008 * 4, limit: 128 << 20 });
    expect(tooLarge?.tensor).toMatch(/^training\/(activations|gradients)\//);
    expect(hint).toMatchObject({ setting: 'sft.batchSize', binds: false });
    expect(planned('sft', { ...input, limit: 2 ** 31 - 4 }).tooLarge).toBeUndefined();
    const half = planned('sft', { ...input, limit: 300 << 20 });
    expect(half.tooLarge).toBeDefined();
    expect(half.hint).toMatchObject({ setting: 'sft.batchSize', to: 4, binds: true });
  });

  it('of a context full of tokens takes no memory to make', () => {
    const rows = long(32_000, 8);
    const { teacher } = published.models;
    const before = process.memoryUsage().arrayBuffers;
    const { bytes } = planned('sft', { models: { teacher: { ...teacher!, train: rows, test: [] } }, shared: [] });
    expect(bytes).toBeGreaterThan(1000 * GiB);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
  });
});
