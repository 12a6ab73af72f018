/** Supervised fine-tuning: the cross-entropy of the answer's tokens. */
import * as loss from '../ops/loss';
import type { Objective } from './objective';

export const sft: Objective = {
  distils: false,
  prepare() {},
  loss(rec, _batch, { rows, perToken, stats }) {
    loss.crossEntropy(rec, rows, { weight: perToken }, stats);
  },
  combine: (crossEntropy) => crossEntropy,
};
