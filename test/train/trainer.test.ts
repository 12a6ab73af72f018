/** What training does to an adapter, on the tiny models: it learns, it repeats, and it refuses what is not finite. */
import { describe, expect, it } from 'vitest';
import type { TokenRow } from '../../src/engine/data/examples';
import { upload } from '../../src/engine/gpu/transfer';
import { allocateAdapter, initializeAdapter, trainableParameters } from '../../src/engine/model/lora';
import { type Projection, projections } from '../../src/engine/model/projections';
import type { StepMetrics } from '../../src/engine/studio';
import { Control } from '../../src/engine/train/control';
import { type Loop, schedule, train } from '../../src/engine/train/loop';
import { type Objective, runSizes } from '../../src/engine/train/objective';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { sft } from '../../src/engine/train/sft';
import { Trainer } from '../../src/engine/train/trainer';
import { goldenRows } from '../model/goldens';
import { expectClose } from '../support/compare';
import { type Bench, bench } from '../support/gpu';
import { readAdapter, tinyModel } from '../support/tinyModel';

const rows: TokenRow[] = goldenRows.slice(0, 8).map(({ prompt, answer }, index) => ({
  prompt: Uint32Array.from(prompt),
  answer: Uint32Array.from(answer),
  example: { line: index + 1, messages: [], question: '', answer: '' },
}));

const lora = { rank: 8, alpha: 16 };

async function setup(
  b: Bench,
  changes: Partial<typeof defaultRecipe.sft>,
  dropout = 0,
  targets: readonly Projection[] = projections,
) {
  const model = await tinyModel(b.gpu, b.arena, 'teacher');
  const adapter = allocateAdapter(b.arena, model, { ...lora, targets }, 'adapter');
  initializeAdapter(b.gpu, adapter, 1);
  const training = { ...defaultRecipe.sft, learningRate: 5e-3, warmupSteps: 0, ...changes };
  const steps: StepMetrics[] = [];
  const evaluated: number[] = [];
  const loop: Loop = {
    ...{ rows, training, seed: 3, shuffle: true, control: new Control(() => {}), evaluateEvery: 0, inFlight: 1 },
    onStep: (metrics) => steps.push(metrics),
    evaluate: async (step) => {
      evaluated.push(step);
    },
  };
  const settings = { training, dropout, seed: 5, vocabulary: model.config.vocabulary };
  const trainer = new Trainer(b.gpu, b.arena, model, adapter, runSizes(rows, training.batchSize), settings);
  return { adapter, trainer, loop, steps, evaluated };
}

describe('training', () => {
  it('overfits one batch', async () => {
    const { trainer, loop, steps } = await setup(await bench(), { epochs: 60, learningRate: 2e-2, weightDecay: 0 });
    const result = await train(trainer, sft, { ...loop, rows: rows.slice(0, 4) });
    trainer.destroy();
    expect(result).toEqual({ outcome: 'done', steps: 60 });
    expect(steps[0]!.loss).toBeGreaterThan(4);
    // The final norm and the tied head are frozen: no hidden state gives these random embeddings a loss near 0.
    expect(steps.at(-1)!.loss).toBeLessThan(0.5);
    expect(steps.at(-1)!.tokenAccuracy).toBe(1);
  });

  it('has no say in the base: an adapter of rate 0 leaves the loss as it was', async () => {
    const { trainer, loop, steps } = await setup(await bench(), {
      epochs: 3,
      schedule: 'constant',
      learningRate: 1e-30,
    });
    await train(trainer, sft, loop);
    trainer.destroy();
    expect(steps[2]!.loss).toBeCloseTo(steps[0]!.loss, 6);
  });

  it('repeats bit by bit with dropout for one seed', async () => {
    const run = async () => {
      const b = await bench();
      const { trainer, loop, steps, adapter } = await setup(b, { epochs: 3, batchSize: 3 }, 0.2);
      await train(trainer, sft, loop);
      const values = await readAdapter(b.gpu, adapter);
      trainer.destroy();
      return { losses: steps.map((step) => step.loss), values };
    };
    const [one, two] = [await run(), await run()];
    expect(two.losses).toEqual(one.losses);
    expect(two.values).toEqual(one.values);
    expect(one.losses).toHaveLength(9);
  });

  it('trains only the projections it was given', async () => {
    const b = await bench();
    const { trainer, loop, adapter } = await setup(b, { epochs: 1 }, 0, ['v_proj', 'down_proj']);
    const [hidden, intermediate, kv, layers] = [64, 96, 32, 3];
    expect(trainableParameters(adapter)).toBe(layers * 8 * (hidden + kv + intermediate + hidden));
    expect(await train(trainer, sft, loop)).toEqual({ outcome: 'done', steps: 1 });
    trainer.destroy();
  });

  it.each<Projection[][]>([
    [['q_proj', 'v_proj']],
    [['o_proj']],
    [['gate_proj']],
    [['down_proj']],
    [['k_proj', 'up_proj']],
  ])('gives %j the gradients that they have among all adapters', async (targets) => {
    const b = await bench();
    const all = await setup(b, {});
    const some = await setup(b, {}, 0, targets);
    // Every B is still zero, so the adapters on other projections change nothing.
    for (const [layer, adapters] of some.adapter.layers.entries()) {
      for (const target of targets) b.rec.copy(all.adapter.layers[layer]![target]!.a, adapters[target]!.a);
    }
    await b.rec.submit();
    for (const { trainer } of [all, some]) await trainer.step(sft, [rows], 0, 0);
    for (const [layer, gradients] of some.trainer.gradients.layers.entries()) {
      for (const target of targets) {
        const [got, wanted] = [gradients, all.trainer.gradients.layers[layer]!].map((from) => from[target]!.b);
        const expected = await b.read(wanted!);
        expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0);
        expectClose(await b.read(got!), expected);
      }
    }
    for (const { trainer } of [all, some]) trainer.destroy();
  });

  it('counts tokens, reports rates and evaluates on the way but not at the end', async () => {
    const { trainer, loop, steps, evaluated } = await setup(await bench(), { epochs: 2, batchSize: 3, warmupSteps: 2 });
    await train(trainer, sft, { ...loop, evaluateEvery: 2 });
    trainer.destroy();
    expect(evaluated).toEqual([2, 4]);
    expect(steps.map((step) => step.epoch)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(steps[0]!.learningRate).toBe(0);
    const answers = rows.reduce((sum, row) => sum + row.answer.length, 0);
    expect(steps.slice(0, 3).reduce((sum, step) => sum + step.labelTokens, 0)).toBe(answers);
    for (const step of steps) expect(step.computedTokens).toBeLessThan(step.rowTokens);
  });

  it('stops at a step boundary', async () => {
    const { trainer, loop, steps } = await setup(await bench(), { epochs: 50 });
    const onStep = (metrics: StepMetrics) => {
      steps.push(metrics);
      if (metrics.step === 2) loop.control.stop();
    };
    expect(await train(trainer, sft, { ...loop, onStep })).toEqual({ outcome: 'stopped', steps: 2 });
    trainer.destroy();
  });

  it('refuses a step that is not finite, names its rows and leaves the adapter alone', async () => {
    const b = await bench();
    const { trainer, loop, adapter } = await setup(b, { epochs: 2, schedule: 'constant' });
    const broken = adapter.layers[1]!.q_proj!.b;
    upload(b.gpu, broken, Float32Array.of(Number.POSITIVE_INFINITY));
    const before = await readAdapter(b.gpu, adapter);
    const failure = await train(trainer, sft, loop).catch((error: unknown) => error);
    trainer.destroy();
    expect(failure).toMatchObject({ code: 'not-finite', detail: { step: 1 } });
    expect(String(failure)).toMatch(/rows on lines [\d, ]+/);
    expect(await readAdapter(b.gpu, adapter)).toEqual(before);
  });
});

describe('steps in flight', () => {
  it.each([2, 3])(
    '%i at once: the same figures in the same order, evaluations between the same steps',
    async (inFlight) => {
      const run = async (most: number) => {
        const b = await bench();
        const { trainer, loop, steps, adapter } = await setup(b, { epochs: 3, batchSize: 3 }, 0.2);
        const seen: string[] = [];
        await train(trainer, sft, {
          ...{ ...loop, inFlight: most, evaluateEvery: 4 },
          onStep: (metrics) => {
            steps.push(metrics);
            seen.push(`step ${metrics.step}`);
          },
          evaluate: async (step) => {
            seen.push(`evaluation ${step}`);
          },
        });
        const values = await readAdapter(b.gpu, adapter);
        trainer.destroy();
        return { seen, values, figures: steps.map(({ milliseconds: _, memoryHeld: __, ...figures }) => figures) };
      };
      const one = await run(1);
      expect(await run(inFlight)).toEqual(one);
      expect(one.seen).toHaveLength(11);
    },
  );

  it('those submitted before a stop are told before it is answered', async () => {
    const { trainer, loop, steps } = await setup(await bench(), { epochs: 50 });
    const onStep = (metrics: StepMetrics) => {
      steps.push(metrics);
      if (metrics.step === 2) loop.control.stop();
    };
    expect(await train(trainer, sft, { ...loop, inFlight: 2, onStep })).toEqual({ outcome: 'stopped', steps: 3 });
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3]);
    trainer.destroy();
  });

  it.each([
    ['before the third was submitted', 'upload', 2],
    ['after it was', 'settle', 3],
  ] as const)('those submitted are told when something fails %s', async (_when, where, learnt) => {
    const run = async (failing: boolean) => {
      const b = await bench();
      const { trainer, loop, steps, adapter } = await setup(b, { epochs: 9, schedule: 'constant' });
      let asked = 0;
      const fail = () => {
        if (failing && ++asked === 3) throw new Error('no room');
      };
      const objective = { ...sft, [where]: where === 'settle' ? async () => fail() : fail };
      const onStep = (metrics: StepMetrics) => {
        steps.push(metrics);
        if (!failing && metrics.step === learnt - 1) loop.control.stop();
      };
      const result = await train(trainer, objective, { ...loop, inFlight: 2, onStep }).catch(String);
      const values = await readAdapter(b.gpu, adapter);
      trainer.destroy();
      return { result, values, told: steps.map(({ step }) => step) };
    };
    const failed = await run(true);
    expect(failed.result).toBe('Error: no room');
    const stopped = await run(false);
    expect(stopped.result).toEqual({ outcome: 'stopped', steps: learnt });
    // The adapter has learnt exactly the steps that were told.
    expect([failed.told, failed.values]).toEqual([stopped.told, stopped.values]);
  });

  /** Breaks the loss of one step: it overflows, or its kernels never run. */
  const breaks: Record<'not-finite' | 'not-computed', (broken: () => boolean) => Objective> = {
    'not-finite': (broken) => ({
      ...sft,
      scales: (labels) => (broken() ? { crossEntropy: 3e38, divergence: 0 } : sft.scales(labels)),
    }),
    'not-computed': (broken) => ({
      ...sft,
      loss: (rec, batch, chunk) => (broken() ? rec.clear(chunk.stats) : sft.loss(rec, batch, chunk)),
    }),
  };

  it.each([
    [1, 'not-finite'],
    [2, 'not-finite'],
    [1, 'not-computed'],
    [2, 'not-computed'],
  ] as const)('%i: a step that is %s is not applied, nor is what follows', async (inFlight, code) => {
    const run = async (brokenStep: number, stopAfter: number) => {
      const b = await bench();
      const { trainer, loop, steps, adapter } = await setup(b, { epochs: 9, schedule: 'constant' });
      let asked = 0;
      const objective = breaks[code](() => ++asked === brokenStep);
      const onStep = (metrics: StepMetrics) => {
        steps.push(metrics);
        if (metrics.step === stopAfter) loop.control.stop();
      };
      const failure = await train(trainer, objective, { ...loop, inFlight, onStep }).catch((error) => error);
      const values = await readAdapter(b.gpu, adapter);
      trainer.destroy();
      return { failure, values, asked };
    };
    const broken = await run(4, 99);
    expect(broken.failure).toMatchObject({ code, detail: { step: 4 } });
    // With two in flight, step 5 was on its way.
    expect(broken.asked).toBe(3 + inFlight);
    const whole = await run(99, 4 - inFlight);
    expect(whole.failure).toEqual({ outcome: 'stopped', steps: 3 });
    expect(broken.values).toEqual(whole.values);
  });
});

describe('the order of the rows', () => {
  const order = (shuffle: boolean, seed: number) => {
    const training = { ...defaultRecipe.sft, batchSize: 2, epochs: 2 };
    return [...schedule({ rows, training, seed, shuffle })].flatMap(({ micro }) =>
      micro.flat().map((row) => rows.indexOf(row)),
    );
  };

  it('is that of the file in every epoch when it is not shuffled, whatever the seed', () => {
    const plain = rows.map((_, i) => i);
    expect(order(false, 1)).toEqual([...plain, ...plain]);
    expect(order(false, 2)).toEqual(order(false, 1));
    expect(order(true, 1)).not.toEqual(order(false, 1));
    expect(order(true, 1).toSorted()).toEqual(order(false, 1).toSorted());
  });
});
