/** Rows under two models, position by position: the logits of both at the labels come back from the card, chunk by chunk. */
import { type PackedBatch, packBatch } from '../data/batches';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import { GpuRecorder } from '../gpu/recorder';
import { download } from '../gpu/transfer';
import { passOver, uploadBatch } from '../model/batch';
import * as head from '../model/head';
import * as transformer from '../model/transformer';
import { StudioError } from '../studioError';
import type { Candidate } from './context';
import type { Control } from './control';
import { type Compared, compareLogits } from './expectations';
import { allocateLoss, lossBatches, type Row } from './testLoss';

type Pass = ReturnType<typeof allocateLoss>;
type Both<T> = readonly [T, T];

/**
 * KL(first ‖ second) and what goes with it, at every label of every row. Tells each row once, in an order of its own.
 * Columns that only the wider vocabulary has are left out, as in distillation. Throws `comparison-stopped`.
 */
export async function compareRows<T extends Row>(
  gpu: Gpu,
  both: Both<Candidate>,
  rows: readonly T[],
  control: Pick<Control, 'boundary'>,
  each: (row: T, positions: readonly Compared[]) => void,
): Promise<void> {
  const batches = lossBatches(both[0].model.config, rows);
  const arena = new Arena(gpu.device, 'tokens');
  const rec = new GpuRecorder(gpu);
  const allocate = ({ model, adapter }: Candidate) =>
    allocateLoss(arena, model.config, adapter?.settings.rank ?? 0, batches);
  try {
    const passes = await withMemoryCheck(
      gpu.device,
      noMemory,
      (): Both<Pass> => [allocate(both[0]), allocate(both[1])],
    );
    for (const batch of batches) {
      if ((await control.boundary()) === 'stop')
        throw new StudioError('comparison-stopped', 'The comparison was stopped.');
      const found = await compareBatch(gpu, rec, both, passes, packBatch(batch));
      let at = 0;
      for (const row of batch) {
        each(row, found.slice(at, at + row.answer.length));
        at += row.answer.length;
      }
    }
  } finally {
    rec.destroy();
    arena.destroy();
  }
}

function noMemory(reason: string): StudioError {
  const message =
    `The graphics card has not enough memory to compare the two models (${reason}). ` +
    'Choose a shorter row, or close what else uses the card. What was learnt is kept.';
  return new StudioError('comparison-memory', message, { reason });
}

/** All labels of the batch in order. */
async function compareBatch(
  gpu: Gpu,
  rec: GpuRecorder,
  both: Both<Candidate>,
  passes: Both<Pass>,
  batch: PackedBatch,
): Promise<readonly Compared[]> {
  for (const [i, { model, adapter }] of both.entries()) {
    const { space, tensors } = passes[i]!;
    uploadBatch(gpu, tensors, batch);
    transformer.forward(rec, model, space, { ...passOver(batch, tensors), adapter });
    await rec.submit();
  }
  const columns = Math.min(both[0].model.config.vocabulary, both[1].model.config.vocabulary);
  const found: Compared[] = [];
  for (const chunk of head.chunks(batch.labels, Math.min(passes[0].logits.chunk, passes[1].logits.chunk))) {
    const [first, second] = [
      await rowsOf(gpu, rec, both[0], passes[0], chunk, columns),
      await rowsOf(gpu, rec, both[1], passes[1], chunk, columns),
    ];
    for (const [r, row] of first.entries()) {
      found.push(compareLogits(row, second[r]!, batch.targets[chunk.start + r]!));
    }
  }
  return found;
}

/** The first `columns` logits of each label row of a chunk. */
async function rowsOf(
  gpu: Gpu,
  rec: GpuRecorder,
  { model }: Candidate,
  { logits, space }: Pass,
  chunk: { readonly start: number; readonly rows: number },
  columns: number,
): Promise<readonly Float32Array[]> {
  head.forward(rec, model, logits, space.last, chunk);
  await rec.submit();
  const { vocabulary } = model.config;
  const all = new Float32Array(await download(gpu, logits.logits, 4 * chunk.rows * vocabulary));
  return Array.from({ length: chunk.rows }, (_, r) => all.subarray(r * vocabulary, r * vocabulary + columns));
}
