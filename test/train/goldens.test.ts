/** Losses, every LoRA gradient and ten optimizer steps against PyTorch + PEFT, for SFT and for each distillation loss. */
import { describe, expect, it } from 'vitest';
import type { TokenRow } from '../../src/engine/data/examples';
import { Arena } from '../../src/engine/gpu/arena';
import { variantNames } from '../../src/engine/gpu/variants';
import type { Model } from '../../src/engine/model/weights';
import { distill } from '../../src/engine/train/distill';
import { runSizes } from '../../src/engine/train/objective';
import { type DistillTraining, defaultRecipe } from '../../src/engine/train/recipe';
import { learningRate } from '../../src/engine/train/schedule';
import { sft } from '../../src/engine/train/sft';
import { Trainer } from '../../src/engine/train/trainer';
import { goldenAdapter, goldenRows, goldenScalars, type ModelKind, type StudentLosses } from '../model/goldens';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { type Bench, bench, eachFlavour, wishes } from '../support/gpu';
import { readAdapter, tinyAdapter, tinyModel } from '../support/tinyModel';

const rows: TokenRow[] = goldenRows.map(({ prompt, answer }, index) => ({
  prompt: Uint32Array.from(prompt),
  answer: Uint32Array.from(answer),
  example: { line: index + 1, messages: [], question: '', answer: '' },
}));

const { training: golden, distill: mix, batchRows, validTokens } = goldenScalars;
const training: DistillTraining = {
  ...defaultRecipe.distill,
  ...{ beta1: golden.beta1, beta2: golden.beta2, epsilon: golden.epsilon, weightDecay: golden.weightDecay },
  ...{ learningRate: golden.learningRate, warmupSteps: golden.warmupSteps, maxGradNorm: golden.maxGradNorm },
  ...{ temperature: mix.temperature, jsdBeta: mix.jsdBeta },
};

async function setup(b: Bench, kind: ModelKind, settings: DistillTraining = training) {
  const model = await tinyModel(b.gpu, b.arena, kind);
  const adapter = tinyAdapter(b.gpu, b.arena, model, goldenAdapter(`${kind}.adapter`));
  const teacher: Model | undefined = kind === 'student' ? await tinyModel(b.gpu, b.arena, 'teacher') : undefined;
  const sizes = runSizes(rows, batchRows);
  const options = { training: settings, dropout: 0, seed: 0, vocabulary: model.config.vocabulary };
  const arena = new Arena(b.gpu.device, 'training');
  const trainer = new Trainer(b.gpu, arena, model, adapter, sizes, options);
  const objective = teacher ? distill(arena, teacher, settings, sizes, trainer.chunk) : sft;
  const close = () => {
    trainer.destroy();
    arena.destroy();
  };
  return { model, adapter, trainer, objective, close };
}

type Case = readonly [name: string, kind: ModelKind, key: keyof StudentLosses, settings: Partial<DistillTraining>];
const cases: readonly Case[] = [
  ['SFT of the teacher', 'teacher', 'crossEntropy', {}],
  ['cross-entropy of the student', 'student', 'crossEntropy', { crossEntropyWeight: 1, divergenceWeight: 0 }],
  ['forward KL', 'student', 'forwardKl', { crossEntropyWeight: 0, divergenceWeight: 1 }],
  ['reverse KL', 'student', 'reverseKl', { crossEntropyWeight: 0, divergenceWeight: 1, divergence: 'reverse-kl' }],
  ['JSD', 'student', 'jsd', { crossEntropyWeight: 0, divergenceWeight: 1, divergence: 'jsd' }],
  ['the mix', 'student', 'mix', { crossEntropyWeight: mix.crossEntropyWeight, divergenceWeight: mix.divergenceWeight }],
];

describe.each(eachFlavour(cases))('%s: %s against PyTorch', (flavour, _name, kind, key, overrides) => {
  it('has its loss and every LoRA gradient', async () => {
    const b = await bench(flavour);
    const { trainer, objective, close } = await setup(b, kind, { ...training, ...overrides });
    const { report: coming, labels } = await trainer.step(objective, [rows.slice(0, batchRows)], 0, 0);
    const report = await coming;
    expect(labels).toBe(validTokens);
    const value = objective.combine(report.crossEntropy / labels, report.divergence / labels);
    const losses: Partial<StudentLosses> = goldenScalars[kind].adapter;
    expect(Math.abs(value / losses[key]! - 1)).toBeLessThan(tolerance.tenSteps);
    const gradients = await readAdapter(b.gpu, trainer.gradients);
    const expected = goldenAdapter(`${kind}.grad.${key}`);
    for (const [name, { data }] of expected) expectClose(gradients.get(name)!, data, tolerance.modelGradient);
    // Negative control: one layer's gradient is not another's.
    const [first, second] = [...expected.keys()].filter((name) => name.includes('q_proj.lora_A'));
    expect(relativeError(gradients.get(first!)!, expected.get(second!)!.data)).toBeGreaterThan(0.1);
    close();
  });
});

describe.each(['teacher', 'student'] as const)('ten optimizer steps of the %s', (kind) => {
  const run = async (b: Bench, micro: (batch: TokenRow[]) => TokenRow[][]) => {
    const { adapter, trainer, objective, close } = await setup(b, kind);
    const steps = [];
    for (let step = 0; step < golden.totalSteps; step++) {
      const start = (step * golden.batchSize) % rows.length;
      const rate = learningRate(training, step, golden.totalSteps);
      const batch = rows.slice(start, start + golden.batchSize);
      const { report: coming, labels } = await trainer.step(objective, micro(batch), step, rate);
      const report = await coming;
      const loss = objective.combine(report.crossEntropy / labels, report.divergence / labels);
      steps.push({ rate, loss, norm: report.gradientNorm });
    }
    const final = await readAdapter(b.gpu, adapter);
    close();
    return { steps, final };
  };
  const whole = (batch: TokenRow[]) => [batch];

  // Units for matrices take long by hand: of one model then.
  const left = wishes.matrices || kind === 'teacher' ? ['lanes'] : ['lanes', 'matrices'];
  it.each(variantNames.filter((variant) => !left.includes(variant)))(
    'follow PyTorch by %s: rates, losses, norms and the adapter they end with',
    async (variant) => {
      const { steps, final } = await run(await bench('software', variant), whole);
      const expected = goldenScalars[kind].steps;
      expectClose(
        steps.map((s) => s.rate),
        expected.learningRates,
        1e-12,
      );
      for (const [i, { loss }] of steps.entries()) {
        expect(Math.abs(loss / expected.losses[i]! - 1), `loss of step ${i + 1}`).toBeLessThan(tolerance.tenSteps);
      }
      expectClose(
        steps.map((s) => s.norm),
        expected.gradNorms,
        tolerance.modelGradient,
      );
      const initial = goldenAdapter(`${kind}.adapter`);
      for (const [name, { data }] of goldenAdapter(`${kind}.final`)) {
        expectClose(final.get(name)!, data, tolerance.modelGradient);
        expect(relativeError(initial.get(name)!.data, data)).toBeGreaterThan(1e-3);
      }
    },
  );

  it('give the same bits twice', async () => {
    const [one, two] = [await run(await bench(), whole), await run(await bench(), whole)];
    expect(one.steps).toEqual(two.steps);
    for (const [name, values] of one.final) expect(values).toEqual(two.final.get(name));
  });

  it.each([
    ['two micro-batches of two', (batch: TokenRow[]) => [batch.slice(0, 2), batch.slice(2)]],
    ['row by row, without a shared prefix', (batch: TokenRow[]) => batch.map((row) => [row])],
  ])('are the same when accumulated: %s', async (_name, micro) => {
    const [one, two] = [await run(await bench(), whole), await run(await bench(), micro)];
    expectClose(
      two.steps.map((s) => s.loss),
      one.steps.map((s) => s.loss),
      tolerance.tenSteps,
    );
    for (const [name, values] of one.final) expectClose(two.final.get(name)!, values, tolerance.modelGradient);
  });
});
