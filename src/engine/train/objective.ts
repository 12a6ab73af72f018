/** What a run minimises on its label rows. The loop and the model's forward and backward are the same for all. */
import { commonPrefix, type PackedBatch } from '../data/batches';
import type { TokenRow } from '../data/examples';
import { type Layout, layOut, packed, positionsOf } from '../data/layout';
import type { ChatTokenizer } from '../data/tokenizer';
import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import type { BatchTensors } from '../model/batch';
import type { LossRows } from '../ops/loss';
import type { Recipe } from './recipe';

/** What makes the step's two values of its two sums: 1 / (its tokens) for a mean, 1 for a sum. */
export interface Scales {
  readonly crossEntropy: number;
  readonly divergence: number;
}

export interface LossChunk {
  /** The student's logits of these label rows, their targets, and whether a gradient takes the logits' place. */
  readonly rows: LossRows;
  /** First label row of the chunk in the batch. */
  readonly start: number;
  readonly scales: Scales;
  readonly stats: Tensor;
}

export interface Objective {
  /** Writes what `prepare` reads. */
  upload(gpu: Gpu, batch: PackedBatch): void;
  /** After a batch was submitted: keeps what a later epoch need not compute again. */
  settle(gpu: Gpu, batch: PackedBatch): Promise<void>;
  /** Records what must be there before the first chunk of a batch: the teacher's forward pass. */
  prepare(rec: Recorder, batch: PackedBatch): void;
  /** Records the loss of one chunk into `stats` [rows, STATS]. */
  loss(rec: Recorder, batch: BatchTensors, chunk: LossChunk): void;
  /** From the labels of a whole step, all micro-steps. */
  scales(labels: number): Scales;
  /** The minimised loss from the two values. */
  combine(crossEntropy: number, divergence: number): number;
  /** True when there is a divergence to report. */
  readonly distils: boolean;
}

/** What the longest batch of a run needs: workspaces are allocated once for all of its batches. */
export interface RunSizes {
  /** Tokens that all rows of the run begin with, computed once a batch. */
  readonly prefix: number;
  readonly maxTokens: number;
  readonly maxLabels: number;
  readonly maxPositions: number;
  /** Label positions of all rows when later epochs ask for them again, else 0. */
  readonly again: number;
}

/** How a recipe lays rows out; without a teacher there is no divergence to place. */
export function layoutFor(
  { lengths, sharePrefix, distill }: Recipe,
  { padToken: pad }: Pick<ChatTokenizer, 'padToken'>,
  distils: boolean,
): Layout {
  return { ...lengths, pad, sharePrefix, divergenceShift: !distils || distill.divergenceShift };
}

/** The most that any `batchSize` of these rows can need, in whatever order they come, `epochs` times. */
export function runSizes(
  rows: readonly Pick<TokenRow, 'prompt' | 'answer'>[],
  batchSize: number,
  layout: Layout = packed,
  epochs = 1,
): RunSizes {
  const laid = rows.map((row) => layOut(row, layout));
  const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0);
  const again = epochs > 1 ? sum(laid.map((row) => row.labels)) : 0;
  const longest = (lengths: number[]) => lengths.sort((a, b) => b - a).slice(0, batchSize);
  const inputs = longest(laid.map(({ tokens }) => tokens));
  const labels = longest(laid.map((row) => row.labels));
  // What all rows share, every batch of them shares.
  const prefix = layout.sharePrefix ? commonPrefix(laid) : 0;
  const shared = prefix * Math.max(0, inputs.length - 1);
  return {
    prefix,
    maxTokens: Math.max(1, sum(inputs) - shared),
    maxLabels: Math.max(1, sum(labels)),
    again,
    maxPositions: laid.reduce((most, row) => Math.max(most, positionsOf(row)), 1),
  };
}
