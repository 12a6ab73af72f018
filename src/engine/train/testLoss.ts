/** The loss of the expected answers under a candidate. */
import { type PackedBatch, packBatch } from '../data/batches';
import type { TokenRow } from '../data/examples';
import { type Layout, layOut, packed } from '../data/layout';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import { GpuRecorder } from '../gpu/recorder';
import { slice, type Tensor } from '../gpu/tensor';
import { downloadFloats } from '../gpu/transfer';
import { allocateBatch, type BatchTensors, passOver, uploadBatch } from '../model/batch';
import type { ModelConfig } from '../model/config';
import * as head from '../model/head';
import { parameterCount } from '../model/tensors';
import * as transformer from '../model/transformer';
import { allocateWorkspace, type Workspace } from '../model/workspace';
import * as loss from '../ops/loss';
import { StudioError } from '../studioError';
import type { Watch } from '../watch';
import type { Candidate } from './context';
import { type RunSizes, runSizes } from './objective';

export type Row = Pick<TokenRow, 'prompt' | 'answer'>;

/** What the loss says of a label position: cross-entropy first, whether it has one last. */
const STATS = 4;

const ROWS_PER_BATCH = 16;
/** A batch is one submit, which the system may take for a hang when it lasts: about a second on a small card. */
const FLOPS_PER_BATCH = 1.5e12;
const MOST_TOKENS = 8192;

export interface TestLoss<T extends Row> {
  /** Mean cross-entropy over the label tokens of all rows. */
  readonly mean: number;
  /** The mean over each row's own; a row without label tokens has none. */
  readonly ofRow: ReadonlyMap<T, number>;
}

/** Undefined when stopped. */
export async function measureLoss<T extends Row>(
  gpu: Gpu,
  candidate: Candidate,
  rows: readonly T[],
  watch: Watch,
  layout: Layout = packed,
): Promise<TestLoss<T> | undefined> {
  const { model, adapter } = candidate;
  const batches = lossBatches(model.config, rows, layout);
  const arena = new Arena(gpu.device, 'evaluation');
  const rec = new GpuRecorder(gpu);
  try {
    const pass = await withMemoryCheck(gpu.device, noMemory, () =>
      allocateLoss(arena, model.config, adapter?.settings.rank ?? 0, batches, layout),
    );
    const sum = { loss: 0, labels: 0, rows: 0 };
    const ofRow = new Map<T, number>();
    for (const batch of batches) {
      if ((await watch.boundary()) === 'stop') return undefined;
      watch.progress(sum.rows, rows.length);
      const measured = await lossOf(gpu, rec, candidate, pass, packBatch(batch, layout));
      for (const [i, { loss, labels }] of measured.entries()) {
        sum.loss += loss;
        sum.labels += labels;
        if (labels > 0) ofRow.set(batch[i]!, loss / labels);
      }
      sum.rows += batch.length;
    }
    return { mean: sum.loss / sum.labels, ofRow };
  } finally {
    rec.destroy();
    arena.destroy();
  }
}

export function noMemory(reason: string): StudioError {
  const message =
    `The graphics card has not enough memory to measure the test loss (${reason}). ` +
    'Leave out the longest test rows, or close what else uses the card. What was learnt is kept.';
  return new StudioError('evaluation-memory', message, { reason });
}

/** The batches that these rows are measured in: each a submit that does not last too long. */
export function lossBatches<T extends Row>(config: ModelConfig, rows: readonly T[], layout: Layout = packed): T[][] {
  return batchesOf(rows, Math.min(MOST_TOKENS, Math.floor(FLOPS_PER_BATCH / (2 * parameterCount(config)))), layout);
}

/** Rows of similar length together, so that a long one does not make all batches small. */
export function batchesOf<T extends Row>(rows: readonly T[], tokens: number, layout: Layout = packed): T[][] {
  const inputs = (row: Row) => layOut(row, layout).tokens;
  const batches: T[][] = [];
  for (const row of rows.toSorted((a, b) => inputs(a) - inputs(b))) {
    const last = batches.at(-1);
    const fits = last && last.length < ROWS_PER_BATCH && (last.length + 1) * inputs(row) <= tokens;
    if (fits) last.push(row);
    else batches.push([row]);
  }
  return batches;
}

interface LossPass {
  readonly space: Workspace;
  readonly logits: head.HeadSpace;
  readonly tensors: BatchTensors;
  /** Of every label position of a batch. */
  readonly stats: Tensor;
}

/** What measuring these batches needs; `rank` is the adapter's, 0 for none. */
export function allocateLoss(
  arena: Arena,
  config: ModelConfig,
  rank: number,
  batches: readonly Row[][],
  layout: Layout = packed,
): LossPass {
  const needs = batches.map((batch) => runSizes(batch, batch.length, layout));
  const most = (what: keyof RunSizes) => needs.reduce((largest, need) => Math.max(largest, need[what]), 1);
  const [maxTokens, maxLabels] = [most('maxTokens'), most('maxLabels')];
  const sizes = { maxTokens, maxPicked: maxLabels, maxPositions: most('maxPositions'), rank };
  const logits = head.allocateHead(arena, config, head.chunkRows(config.vocabulary, maxLabels));
  return {
    space: allocateWorkspace(arena, config, sizes, false),
    logits,
    tensors: allocateBatch(arena, maxTokens, maxLabels),
    stats: arena.tensor('stats', [maxLabels, STATS]),
  };
}

interface RowLoss {
  /** Summed over the row's label tokens. */
  readonly loss: number;
  readonly labels: number;
}

/** Of every row of a batch, in its order. */
async function lossOf(
  gpu: Gpu,
  rec: GpuRecorder,
  { model, adapter }: Candidate,
  { space, logits, tensors, stats }: LossPass,
  batch: PackedBatch,
): Promise<readonly RowLoss[]> {
  const { vocabulary } = model.config;
  uploadBatch(gpu, tensors, batch);
  transformer.forward(rec, model, space, { ...passOver(batch, tensors), adapter });
  for (const { start, rows } of head.chunks(batch.labels, logits.chunk)) {
    head.forward(rec, model, logits, space.last, { start, rows });
    const targets = slice(tensors.targets, start, rows);
    const scored = { logits: logits.logits, stride: vocabulary, vocabulary, targets, rows, gradient: false };
    loss.crossEntropy(rec, scored, { weight: 0 }, slice(stats, STATS * start, STATS * rows));
  }
  await rec.submit();
  const measured = byRow(batch, await downloadFloats(gpu, slice(stats, 0, STATS * batch.labels)));
  if (measured.reduce((sum, { labels }) => sum + labels, 0) !== batch.scored) {
    throw new StudioError('not-evaluated', 'The graphics card did not compute the loss of the test rows.');
  }
  return measured;
}

/** `stats` [labels, 4], the label positions of one row after those of the other. */
function byRow({ sources }: PackedBatch, stats: Float32Array): readonly RowLoss[] {
  let at = 0;
  return sources.map(({ labels: positions }) => {
    const sum = { loss: 0, labels: 0 };
    for (const end = at + positions; at < end; at++) {
      sum.loss += stats[STATS * at]!;
      sum.labels += stats[STATS * at + 3]!;
    }
    return sum;
  });
}
