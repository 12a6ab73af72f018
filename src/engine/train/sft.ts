/** Supervised fine-tuning: the cross-entropy of the answer's tokens. */
import * as loss from '../ops/loss';
import type { Objective } from './objective';

export const sft: Objective = {
  distils: false,
  upload() {},
  prepare() {},
  async settle() {},
  loss(rec, _batch, { rows, scales, stats }) {
    loss.crossEntropy(rec, rows, { weight: scales.crossEntropy }, stats);
  },
  scales: (labels) => ({ crossEntropy: 1 / labels, divergence: 0 }),
  combine: (crossEntropy) => crossEntropy,
};
