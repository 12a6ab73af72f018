/** One AdamW step over all trainable values at once, as torch.optim.AdamW does it. */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { words } from '../gpu/work';

export interface AdamW {
  /** f32 [count] each; parameters and both moments are updated in place. */
  readonly parameters: Tensor;
  readonly gradients: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
  readonly count: number;
  /** What gradNorm left: the gradient is multiplied by state[1]; nothing is changed when state[3] is not 0. */
  readonly state: Tensor;
}

export interface AdamWSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 1 for the first step. */
  readonly step: number;
}

const VALUES_PER_GROUP = 1024;

/** Throws when `step` is not a whole number from 1. */
export function step(rec: Recorder, tensors: AdamW, settings: AdamWSettings): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step: t } = settings;
  if (!(Number.isInteger(t) && t >= 1)) throw new Error(`AdamW counts its steps from 1, not ${t}`);
  const { parameters, gradients, first, second, count, state } = tensors;
  rec.dispatch({
    stem: 'adamw',
    entry: 'step',
    bind: { parameters, gradients, first, second, state },
    // The differences from 1 are taken here: in f32, 1 − 0.999 is off by 5e-5.
    params: {
      count,
      keep: 1 - learningRate * weightDecay,
      rate: learningRate / (1 - beta1 ** t),
      rootCorrection: Math.sqrt(1 - beta2 ** t),
      epsilon,
      beta1,
      rest1: 1 - beta1,
      beta2,
      rest2: 1 - beta2,
    },
    grid: lines(Math.ceil(count / VALUES_PER_GROUP)),
    work: { flops: 14 * count, bytes: words(7 * count) },
  });
}
