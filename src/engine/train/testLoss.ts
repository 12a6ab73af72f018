/** The loss of the expected answers under a candidate. */
import { commonPrefix, packBatch } from '../data/batches';
import type { TokenRow } from '../data/examples';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import { Recorder } from '../gpu/recorder';
import { slice, type Tensor } from '../gpu/tensor';
import { downloadFloats } from '../gpu/transfer';
import { allocateBatch, type BatchTensors, uploadBatch } from '../model/batch';
import type { ModelConfig } from '../model/config';
import * as head from '../model/head';
import { parameterCount } from '../model/tensors';
import * as transformer from '../model/transformer';
import { allocateWorkspace, type Workspace } from '../model/workspace';
import * as loss from '../ops/loss';
import { StudioError } from '../studioError';
import type { Watch } from '../watch';
import type { Candidate } from './context';

export type Row = Pick<TokenRow, 'prompt' | 'answer'>;

const ROWS_PER_BATCH = 16;
/** A batch is one submit, which the system may take for a hang when it lasts: about a second on a small card. */
const FLOPS_PER_BATCH = 1.5e12;
const MOST_TOKENS = 8192;

/** Mean cross-entropy over the label tokens of all rows; undefined when stopped. */
export async function measureLoss(
  gpu: Gpu,
  candidate: Candidate,
  rows: readonly Row[],
  watch: Watch,
): Promise<number | undefined> {
  const { model, adapter } = candidate;
  const batches = lossBatches(model.config, rows);
  const arena = new Arena(gpu.device, 'evaluation');
  const rec = new Recorder(gpu);
  try {
    const pass = await withMemoryCheck(gpu.device, noMemory, () =>
      allocateLoss(arena, model.config, adapter?.settings.rank ?? 0, batches),
    );
    const sum = { loss: 0, labels: 0, rows: 0 };
    for (const batch of batches) {
      if ((await watch.boundary()) === 'stop') return undefined;
      watch.progress(sum.rows, rows.length);
      const measured = await lossOf(gpu, rec, candidate, pass, batch);
      sum.loss += measured.loss;
      sum.labels += measured.labels;
      sum.rows += batch.length;
    }
    return sum.loss / sum.labels;
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
export function lossBatches<T extends Row>(config: ModelConfig, rows: readonly T[]): T[][] {
  return batchesOf(rows, Math.min(MOST_TOKENS, Math.floor(FLOPS_PER_BATCH / (2 * parameterCount(config)))));
}

/** Rows of similar length together, so that a long one does not make all batches small. */
export function batchesOf<T extends Row>(rows: readonly T[], tokens: number): T[][] {
  const batches: T[][] = [];
  for (const row of rows.toSorted((a, b) => inputs(a) - inputs(b))) {
    const last = batches.at(-1);
    const fits = last && last.length < ROWS_PER_BATCH && (last.length + 1) * inputs(row) <= tokens;
    if (fits) last.push(row);
    else batches.push([row]);
  }
  return batches;
}

function inputs({ prompt, answer }: Row): number {
  return prompt.length + Math.max(0, answer.length - 1);
}

interface LossPass {
  readonly space: Workspace;
  readonly logits: head.HeadSpace;
  readonly tensors: BatchTensors;
  readonly stats: Tensor;
  readonly totals: Tensor;
}

/** What measuring these batches needs; `rank` is the adapter's, 0 for none. */
export function allocateLoss(arena: Arena, config: ModelConfig, rank: number, batches: readonly Row[][]): LossPass {
  const most = (measure: (batch: readonly Row[]) => number) =>
    batches.reduce((largest, batch) => Math.max(largest, measure(batch)), 1);
  const total = (batch: readonly Row[], count: (row: Row) => number) => batch.reduce((sum, row) => sum + count(row), 0);
  const maxTokens = most((batch) => total(batch, inputs) - commonPrefix(batch) * (batch.length - 1));
  const maxLabels = most((batch) => total(batch, ({ answer }) => answer.length));
  const sizes = { maxTokens, maxPositions: most((batch) => inputs(batch.at(-1)!)), rank };
  const logits = head.allocateHead(arena, config, head.chunkRows(config.vocabulary, maxLabels));
  return {
    space: allocateWorkspace(arena, config, sizes, false),
    logits,
    tensors: allocateBatch(arena, maxTokens, maxLabels),
    stats: arena.tensor('stats', [logits.chunk, 4]),
    totals: arena.tensor('totals', [4]),
  };
}

/** Summed cross-entropy and label tokens of one batch. */
async function lossOf(
  gpu: Gpu,
  rec: Recorder,
  { model, adapter }: Candidate,
  { space, logits, tensors, stats, totals }: LossPass,
  rows: readonly Row[],
): Promise<{ loss: number; labels: number }> {
  const batch = packBatch(rows);
  const { vocabulary } = model.config;
  uploadBatch(gpu, tensors, batch);
  rec.clear(totals);
  transformer.forward(rec, model, space, { tokens: batch.tokens, prefix: batch.prefix, batch: tensors, adapter });
  for (const { start, rows: count } of head.chunks(batch.labels, logits.chunk)) {
    head.forward(rec, model, logits, space.last, tensors.labelRows, { start, rows: count });
    const targets = slice(tensors.targets, start, count);
    const scored = { logits: logits.logits, stride: vocabulary, vocabulary, targets, rows: count, gradient: false };
    loss.crossEntropy(rec, scored, { weight: 0 }, stats);
    loss.accumulate(rec, stats, count, totals);
  }
  await rec.submit();
  const [sum, , , valid] = await downloadFloats(gpu, totals);
  if (valid !== batch.labels) {
    throw new StudioError('not-evaluated', 'The graphics card did not compute the loss of the test rows.');
  }
  return { loss: sum!, labels: batch.labels };
}
