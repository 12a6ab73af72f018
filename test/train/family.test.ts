/** Every family and every kind of size against PEFT in float64: every gradient, twelve steps of SFT and of distillation. */
import { describe, expect, it } from 'vitest';
import { distill } from '../../src/engine/train/distill';
import { runSizes } from '../../src/engine/train/objective';
import { type DistillTraining, defaultRecipe } from '../../src/engine/train/recipe';
import { learningRate } from '../../src/engine/train/schedule';
import { sft } from '../../src/engine/train/sft';
import { Trainer } from '../../src/engine/train/trainer';
import { cosine, expectClose, relativeError, tolerance } from '../support/compare';
import { type FamilyName, familyFolder, familyGoldens, familyNames } from '../support/family';
import { type Bench, bench } from '../support/gpu';
import { adapterOf, modelOf, readAdapter } from '../support/tinyModel';

type Stage = 'sft' | 'distill';

async function setup(b: Bench, name: FamilyName, stage: Stage) {
  const goldens = await familyGoldens(name);
  const { facts, rows, group } = goldens;
  const model = await modelOf(b.gpu, b.arena, familyFolder(name));
  const adapter = adapterOf(b.gpu, b.arena, model, facts.lora, group('initial'));
  const training: DistillTraining = {
    ...defaultRecipe.distill,
    ...{ learningRate: facts.learningRate, warmupSteps: facts.warmupSteps, batchSize: facts.batch },
  };
  const teacher = stage === 'distill' ? await modelOf(b.gpu, b.arena, familyFolder(facts.distill.teacher)) : undefined;
  const vocabulary = Math.min(model.config.vocabulary, teacher?.config.vocabulary ?? Number.POSITIVE_INFINITY);
  const sizes = runSizes(rows, facts.batch);
  const trainer = new Trainer(b.gpu, b.arena, model, adapter, sizes, { training, dropout: 0, seed: 0, vocabulary });
  const objective = teacher ? distill(b.arena, teacher, training, sizes, trainer.chunk) : sft;
  return { ...goldens, model, adapter, training, trainer, objective };
}

describe.each(familyNames)('%s', (name) => {
  it.each(['software', 'hardware'] as const)('has the gradient of every adapter, %s', async (flavour) => {
    const b = await bench(flavour);
    const { trainer, model, facts, rows, group } = await setup(b, name, 'sft');
    await trainer.step(sft, [rows.slice(0, facts.batch)], 0, 0);
    const found = await readAdapter(b.gpu, trainer.gradients);
    const expected = group('gradient');
    expect(expected.size).toBe(14 * model.config.layers);
    for (const [key, values] of expected) expectClose(found.get(key)!, values, tolerance.modelGradient);
    const [first, second] = [...expected.keys()].filter((key) => /(gate|up)_proj.lora_A/.test(key));
    expect(relativeError(found.get(first!)!, expected.get(second!)!)).toBeGreaterThan(0.1);
    trainer.destroy();
  });

  it.each<[string, Stage, 'final' | 'distilled']>([
    ['trains', 'sft', 'final'],
    ['learns from a teacher of another width', 'distill', 'distilled'],
  ])('%s twelve steps as PyTorch does', async (_what, stage, end) => {
    const b = await bench();
    const { trainer, objective, adapter, training, facts, rows, group } = await setup(b, name, stage);
    const losses = stage === 'sft' ? facts.losses : facts.distill.losses;
    for (let step = 0; step < facts.steps; step++) {
      const start = (step * facts.batch) % rows.length;
      const rate = learningRate(training, step, facts.steps);
      const { report: coming, labels } = await trainer.step(
        objective,
        [rows.slice(start, start + facts.batch)],
        step,
        rate,
      );
      const report = await coming;
      const loss = objective.combine(report.crossEntropy / labels, report.divergence / labels);
      expect(Math.abs(loss / losses[step]! - 1), `loss of step ${step + 1}`).toBeLessThan(tolerance.tenSteps);
    }
    const found = await readAdapter(b.gpu, adapter);
    const [initial, other] = [group('initial'), group(stage === 'sft' ? 'distilled' : 'final')];
    for (const [key, values] of group(end)) {
      expect(cosine(found.get(key)!, values), key).toBeGreaterThan(0.99999);
      expect(relativeError(initial.get(key)!, values)).toBeGreaterThan(1e-3);
    }
    // What the other objective makes of the same start is told apart.
    const worst = Math.min(...[...other].map(([key, values]) => cosine(found.get(key)!, values)));
    expect(worst).toBeLessThan(0.9999);
    trainer.destroy();
  });

  it('has goldens of the default distillation', async () => {
    const { facts } = await familyGoldens(name);
    const { temperature, divergenceWeight, crossEntropyWeight, scaleByTemperature } = defaultRecipe.distill;
    expect([temperature, divergenceWeight]).toEqual([facts.distill.temperature, facts.distill.divergenceWeight]);
    expect([crossEntropyWeight, scaleByTemperature]).toEqual([1 - divergenceWeight, true]);
  });
});
