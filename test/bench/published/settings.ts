/** What the environment asks of the measurement; what is cut is for trying it out on slow adapters. */

import { variantNames } from '../../../src/engine/gpu/variants';
import type { ModelConfig } from '../../../src/engine/model/config';
import { parseRecipe } from '../../../src/engine/train/recipe';

const { env } = process;
const number = (name: string, usual: number) => Number(env[name] ?? usual);

export const stageNames = ['sft', 'distill'] as const;
export type StageName = (typeof stageNames)[number];

export const settings = {
  /** Timed steps, after `warmUp` that compile and fill caches. */
  steps: number('STEPS', 10),
  warmUp: number('WARMUP', 2),
  /** Submitted at once, beside one by one. */
  inFlight: number('INFLIGHT', 2),
  /** Of a step. */
  rows: number('ROWS', 8),
  layers: number('LAYERS', Number.POSITIVE_INFINITY),
  vocabulary: number('VOCAB', Number.POSITIVE_INFINITY),
  profile: env.PROFILE === '1',
  /** Dispatches of one kind in one submit. */
  repeat: number('REPEAT', 20),
  /** Timestamps of the GPU, where it has them. */
  timestamps: env.TIMESTAMPS !== '0',
  /** Milliseconds for trying out the matmul kernels, as the page does after loading a model; 0: a rule of thumb chooses. */
  tune: number('TUNE', 2000),
  /** The matmul kernel for everything that it can compute. */
  variant: variantNames.find((name) => name === env.VARIANT),
  stages: stageNames.filter((name) => (env.MODELS ?? stageNames.join()).split(',').includes(name)),
};

export const recipe = parseRecipe({ preset: env.PRESET ?? 'clean' });

export function cut(config: ModelConfig): ModelConfig {
  const { layers, vocabulary } = settings;
  return {
    ...config,
    layers: Math.min(config.layers, layers),
    vocabulary: Math.min(config.vocabulary, vocabulary),
  };
}
