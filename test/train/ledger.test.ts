/** The ledger: the published step in figures, what each saving saves, and that a GPU is given exactly what is on paper. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenRow } from '../../src/engine/data/examples';
import { parseConfig } from '../../src/engine/model/config';
import { allocateAdapter } from '../../src/engine/model/lora';
import { type Projection, projections } from '../../src/engine/model/projections';
import { distill } from '../../src/engine/train/distill';
import { type Ledger, type LedgerInput, stepLedger } from '../../src/engine/train/ledger';
import { schedule } from '../../src/engine/train/loop';
import { layoutFor, runSizes } from '../../src/engine/train/objective';
import { defaultRecipe, parseRecipe, type Recipe } from '../../src/engine/train/recipe';
import { sft } from '../../src/engine/train/sft';
import { Trainer } from '../../src/engine/train/trainer';
import { goldenRows } from '../model/goldens';
import { bench } from '../support/gpu';
import { publishedRows } from '../support/published';
import { qwenJson } from '../support/qwen';
import { tinyModel } from '../support/tinyModel';

const config = (size: string) => parseConfig(qwenJson(`config-Qwen2.5-${size}-Instruct.json`));
const TFLOP = 1e12;

let rows: readonly TokenRow[];
beforeAll(async () => {
  rows = await publishedRows('train');
});

/** A step on eight rows whose numbers have four digits, the most common length. */
function ledger(change: Partial<LedgerInput> = {}, recipe: Partial<Recipe> = {}): Ledger {
  const step = { config: config('3B'), micro: [rows.slice(2000, 2008)], limit: 2 ** 31 - 4 };
  return stepLedger({ ...step, recipe: { ...defaultRecipe, ...recipe }, ...change });
}

/** Over every twentieth step of a run in its seeded order. */
function meanFlops(change: Partial<LedgerInput>): number {
  const { sft: training, seed, shuffle } = defaultRecipe;
  const steps = [...schedule({ rows, training, seed, shuffle })].filter((_, i) => i % 20 === 0);
  return steps.reduce((sum, { micro }) => sum + flops(ledger({ ...change, micro })), 0) / steps.length;
}

const flops = ({ counts }: Ledger) => counts.total.flops;

describe('the published recipe', () => {
  it('asks at most 2.75 TFLOP of the 3B in a step of SFT, one in a hundred more than the least', () => {
    const mean = meanFlops({});
    console.log(`SFT 3B: ${(mean / TFLOP).toFixed(3)} TFLOP a step`);
    expect(mean).toBeLessThan(2.75 * TFLOP);
    const step = ledger();
    expect(flops(step)).toBeGreaterThan(step.least.flops);
    expect(flops(step)).toBeLessThan(1.01 * step.least.flops);
  });

  it.each([
    ['Qwen2.5', undefined],
    ['Qwen2.5', 'matrices'],
    ['Qwen3', undefined],
    ['Qwen3', 'matrices'],
  ] as const)('takes at most 40 dispatches a layer, forward and backward: %s by %s', (family, variant) => {
    // Qwen3 is Qwen2.5 with norms of the heads, as far as dispatches go.
    const large = { ...config('3B'), qkNorm: family === 'Qwen3' };
    const one = (layers: number) => ledger({ config: { ...large, layers }, variant }).counts.total.dispatches;
    console.log(`dispatches of a layer of ${family} by ${variant ?? 'tiles'}: ${one(4) - one(3)}`);
    expect(one(4) - one(3)).toBeLessThanOrEqual(40);
    expect(ledger({ config: large, variant }).counts.total.dispatches / large.layers).toBeLessThanOrEqual(40);
  });

  it('cuts rows into halves on the way for units for matrices, and by themselves only where there is no adapter', () => {
    const cuts = (targets: readonly Projection[], layers: number) => {
      const recipe = { lora: { ...defaultRecipe.lora, targets: [...targets] } };
      const { byOp } = ledger({ config: { ...config('3B'), layers }, variant: 'matrices' }, recipe).counts;
      return ['X', 'Dy'].map((what) => byOp.get(`linear.halve${what}`)?.dispatches ?? 0);
    };
    // The head has no adapter.
    expect(cuts(projections, 3)).toEqual([1, 1]);
    expect(cuts(projections, 4)).toEqual([1, 1]);
    const perLayer = (...targets: Projection[]) => {
      const [less, more] = [cuts(targets, 3), cuts(targets, 4)];
      return more.map((count, what) => count - less[what]!);
    };
    // Queries, keys and values have one input: it is cut for the adapters of two of them, but what comes back is of all three.
    expect(perLayer('q_proj', 'v_proj')).toEqual([3, 4]);
    expect(perLayer('o_proj', 'down_proj')).toEqual([2, 2]);
  });

  it.each(projections)('asks for nothing below the lowest adapters, with %s alone', (target) => {
    const step = ledger(
      { config: { ...config('3B'), layers: 2 } },
      { lora: { ...defaultRecipe.lora, targets: [target] } },
    );
    expect(flops(step)).toBeGreaterThan(step.least.flops);
    expect(flops(step)).toBeLessThan(1.01 * step.least.flops);
  });

  it('asks for twice as much with every row computed whole, and for more with a head on all positions', () => {
    expect(flops(ledger({}, { sharePrefix: false }))).toBeGreaterThan(1.6 * flops(ledger()));
    const exact = parseRecipe({ preset: 'seed-exact' });
    expect(flops(ledger({ recipe: exact }))).toBeGreaterThan(flops(ledger({}, { sharePrefix: false })));
  });

  it('asks at most 1.65 TFLOP of a step that distils the 3B into the 0.5B, the teacher’s prefix left out', () => {
    const step = ledger({ config: config('0.5B'), teacher: config('3B') });
    const student = ledger({ config: config('0.5B') });
    const mean = meanFlops({ config: config('0.5B'), teacher: config('3B') });
    console.log(`distillation 3B → 0.5B: ${(mean / TFLOP).toFixed(3)} TFLOP a step`);
    expect(mean).toBeLessThan(1.65 * TFLOP);
    expect(flops(step)).toBeLessThan(1.01 * step.least.flops);
    expect(flops(step) - flops(student)).toBeGreaterThan(2.5 * flops(student));
    expect(flops(step)).toBeGreaterThan(step.least.flops);
  });

  it('asks at most 0.50 TFLOP of it in later epochs: the teacher is not asked again what it has said', () => {
    const later = { config: config('0.5B'), teacher: config('3B'), again: true };
    const mean = meanFlops(later);
    console.log(`distillation 3B → 0.5B, later epochs: ${(mean / TFLOP).toFixed(3)} TFLOP a step`);
    expect(mean).toBeLessThan(0.5 * TFLOP);
    const step = ledger(later);
    expect(flops(step)).toBeLessThan(1.01 * step.least.flops);
    expect(flops(step)).toBeGreaterThan(step.least.flops);
    // What is left of the teacher is its head.
    const student = ledger({ config: config('0.5B') });
    expect(flops(step) - flops(student)).toBeLessThan(0.1 * TFLOP);
  });

  it('moves more bytes than the least, in more dispatches where adapters are on more projections', () => {
    const step = ledger();
    expect(step.counts.total.bytes).toBeGreaterThan(step.least.bytes);
    const few = ledger({}, { lora: { ...defaultRecipe.lora, targets: ['q_proj', 'v_proj'] } });
    expect(few.counts.total.dispatches).toBeLessThan(step.counts.total.dispatches);
    expect(few.least.flops).toBeLessThan(step.least.flops);
  });
});

describe('measured while running', () => {
  it.each([
    ['SFT', false],
    ['distillation', true],
  ])('%s: a GPU is given what is on paper, op by op', async (_, distils) => {
    const b = await bench('hardware');
    const micro = [goldenRows.slice(0, 3), goldenRows.slice(3, 5)].map((group) =>
      group.map(({ prompt, answer }, index) => ({
        prompt: Uint32Array.from(prompt),
        answer: Uint32Array.from(answer),
        example: { line: index + 1, messages: [], question: '', answer: '' },
      })),
    );
    const recipe = { ...defaultRecipe, lora: { ...defaultRecipe.lora, targets: ['q_proj', 'up_proj'] as const } };
    const [model, teacher] = [await tinyModel(b.gpu, b.arena, 'student'), await tinyModel(b.gpu, b.arena, 'teacher')];
    const adapter = allocateAdapter(b.arena, model, recipe.lora, 'adapter');
    const training = distils ? recipe.distill : recipe.sft;
    const layout = layoutFor(recipe, { padToken: 0 }, distils);
    const sizes = runSizes(micro.flat(), training.batchSize, layout);
    const vocabulary = Math.min(model.config.vocabulary, teacher.config.vocabulary);
    const settings = { training, dropout: recipe.lora.dropout, seed: 1, vocabulary, layout };
    const trainer = new Trainer(b.gpu, b.arena, model, adapter, sizes, settings);
    const objective = distils ? distill(b.arena, teacher, recipe.distill, sizes, trainer.chunk) : sft;
    // What a run does once is in its first step.
    await trainer.step(objective, micro, 0, 0);
    const { work } = await trainer.step(objective, micro, 1, 0);
    trainer.destroy();
    const paper = stepLedger({
      ...{ config: model.config, teacher: distils ? teacher.config : undefined, recipe, micro },
      limit: 2 ** 31 - 4,
    });
    expect(work.byOp.size).toBeGreaterThan(15);
    expect(Object.fromEntries(work.byOp)).toEqual(Object.fromEntries(paper.counts.byOp));
  });
});
