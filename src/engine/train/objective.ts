/** What a run minimises on its label rows. The loop and the model's forward and backward are the same for all. */
import type { PackedBatch } from '../data/batches';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import type { BatchTensors } from '../model/batch';
import type { LossRows } from '../ops/loss';

export interface LossChunk {
  /** The student's logits of these label rows, their targets, and whether a gradient takes the logits' place. */
  readonly rows: LossRows;
  /** First label row of the chunk in the batch. */
  readonly start: number;
  /** 1 / (valid tokens of the whole step, all micro-steps) */
  readonly perToken: number;
  readonly stats: Tensor;
}

export interface Objective {
  /** Records what must be there before the first chunk of a batch: the teacher's forward pass. */
  prepare(rec: Recorder, batch: PackedBatch, tensors: BatchTensors): void;
  /** Records the loss of one chunk into `stats` [rows, 4]. */
  loss(rec: Recorder, batch: BatchTensors, chunk: LossChunk): void;
  /** The minimised loss from the two means. */
  combine(crossEntropy: number, divergence: number): number;
  /** True when there is a divergence to report. */
  readonly distils: boolean;
}

/** How many positions the longest batch has: workspaces are allocated once for all of a run's batches. */
export interface RunSizes {
  readonly maxTokens: number;
  readonly maxLabels: number;
  readonly maxPositions: number;
}

export function runSizes(batches: Iterable<PackedBatch>): RunSizes {
  let [maxTokens, maxLabels, maxPositions] = [1, 1, 1];
  for (const batch of batches) {
    maxTokens = Math.max(maxTokens, batch.tokens);
    maxLabels = Math.max(maxLabels, batch.labels);
    for (const position of batch.positions) maxPositions = Math.max(maxPositions, position + 1);
  }
  return { maxTokens, maxLabels, maxPositions };
}
