import { describe, expect, it } from 'vitest';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { learningRate, totalSteps } from '../../src/engine/train/schedule';

const { sft } = defaultRecipe;

describe('the recipe’s 338 steps', () => {
  // transformers.get_cosine_schedule_with_warmup, from its documentation: step / warmup while step < warmup, then
  // max(0, 0.5 * (1 + cos(pi * num_cycles * 2 * (step - warmup) / (total - warmup)))) with num_cycles 0.5.
  // Values worked out outside this project from that formula, for peak 1e-4, 11 warm-up steps, 338 steps.
  it.each([
    [0, 0],
    [1, 1e-4 / 11],
    [10, 10e-4 / 11],
    [11, 1e-4],
    [120, 7.5e-5],
    [229, 2.5e-5],
    [338, 0],
  ])('cosine, step %i', (step, rate) => {
    expect(learningRate(sft, step, 338)).toBeCloseTo(rate, 15);
  });

  // get_linear_schedule_with_warmup: max(0, (total - step) / (total - warmup)) after the warm-up.
  it.each([
    [0, 0],
    [5, 5e-4 / 11],
    [11, 1e-4],
    [120, 1e-4 * (218 / 327)],
    [337, 1e-4 / 327],
    [338, 0],
  ])('linear, step %i', (step, rate) => {
    expect(learningRate({ ...sft, schedule: 'linear' }, step, 338)).toBeCloseTo(rate, 15);
  });

  it.each([
    [0, 0],
    [10, 10e-4 / 11],
    [11, 1e-4],
    [337, 1e-4],
  ])('constant, step %i', (step, rate) => {
    expect(learningRate({ ...sft, schedule: 'constant' }, step, 338)).toBeCloseTo(rate, 15);
  });

  it('the shapes differ where they should', () => {
    const at = (schedule: 'cosine' | 'linear' | 'constant') => learningRate({ ...sft, schedule }, 90, 338);
    expect(at('constant')).toBeGreaterThan(at('cosine') * 1.05);
    expect(at('cosine')).toBeGreaterThan(at('linear') * 1.05);
  });
});

describe('edges', () => {
  it('starts at the peak without warm-up', () => {
    expect(learningRate({ ...sft, warmupSteps: 0 }, 0, 10)).toBe(1e-4);
  });

  it('stays finite and not negative when the run is shorter than its warm-up, or over', () => {
    for (const schedule of ['cosine', 'linear', 'constant'] as const) {
      expect(learningRate({ ...sft, schedule }, 2, 3)).toBeCloseTo(2e-4 / 11, 15);
      expect(learningRate({ ...sft, schedule, warmupSteps: 3 }, 3, 3)).toBe(1e-4);
      expect(learningRate({ ...sft, schedule }, 1000, 338)).toBe(schedule === 'constant' ? 1e-4 : 0);
    }
  });
});

it('totalSteps counts the short last step of every epoch', () => {
  expect(totalSteps(2700, sft)).toBe(338);
  expect(totalSteps(2700, { batchSize: 4, accumulation: 2, epochs: 1 })).toBe(338);
  expect(totalSteps(2700, { batchSize: 8, accumulation: 4, epochs: 3 })).toBe(255);
  expect(totalSteps(1, sft)).toBe(1);
  expect(totalSteps(0, sft)).toBe(0);
});
