/** Whether a merged model says what base and adapter say: their logits side by side at the label positions of rows. */
import { packBatch } from '../data/batches';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import { GpuRecorder } from '../gpu/recorder';
import { downloadFloats } from '../gpu/transfer';
import { passOver, uploadBatch } from '../model/batch';
import type { ModelConfig } from '../model/config';
import * as head from '../model/head';
import * as transformer from '../model/transformer';
import type { Model } from '../model/weights';
import * as logitGap from '../ops/logitGap';
import type { LogitGap } from '../studio';
import type { Watch } from '../watch';
import type { Candidate } from './context';
import { allocateLoss, lossBatches, noMemory, type Row } from './testLoss';

type Gaps = { -readonly [key in keyof LogitGap]: LogitGap[key] };

/** Undefined when stopped. */
export async function measureLogitGap(
  gpu: Gpu,
  adapted: Candidate,
  merged: Model,
  rows: readonly Row[],
  watch: Watch,
): Promise<LogitGap | undefined> {
  const { config } = adapted.model;
  const rank = adapted.adapter?.settings.rank ?? 0;
  const batches = lossBatches(config, rows);
  const arena = new Arena(gpu.device, 'comparison');
  const rec = new GpuRecorder(gpu);
  const found: Gaps = { rows: 0, positions: 0, largestGap: 0, largestLogit: 0, sameToken: 0 };
  try {
    const space = await withMemoryCheck(gpu.device, noMemory, () => allocateComparison(arena, config, rank, batches));
    for (const batch of batches) {
      if ((await watch.boundary()) === 'stop') return undefined;
      watch.progress(found.rows, rows.length);
      await compareBatch(gpu, rec, { adapted, merged, space }, batch, found);
      found.rows += batch.length;
    }
    return found;
  } finally {
    rec.destroy();
    arena.destroy();
  }
}

/** One set of activations serves both models in turn; the hidden states of the first are kept aside. */
export function allocateComparison(arena: Arena, config: ModelConfig, rank: number, batches: readonly Row[][]) {
  const pass = allocateLoss(arena, config, rank, batches);
  return {
    pass,
    first: arena.tensor('first', pass.space.last.shape),
    other: head.allocateHead(arena, config, pass.logits.chunk),
    gaps: arena.tensor('gaps', [pass.logits.chunk, 4]),
  };
}

interface Both {
  readonly adapted: Candidate;
  readonly merged: Model;
  readonly space: ReturnType<typeof allocateComparison>;
}

async function compareBatch(gpu: Gpu, rec: GpuRecorder, both: Both, rows: readonly Row[], found: Gaps): Promise<void> {
  const { adapted, merged } = both;
  const { pass, first, other, gaps } = both.space;
  const batch = packBatch(rows);
  uploadBatch(gpu, pass.tensors, batch);
  const shape = passOver(batch, pass.tensors);
  transformer.forward(rec, adapted.model, pass.space, { ...shape, adapter: adapted.adapter });
  rec.copy(pass.space.last, first);
  await rec.submit();
  transformer.forward(rec, merged, pass.space, shape);
  for (const chunk of head.chunks(batch.labels, pass.logits.chunk)) {
    head.forward(rec, adapted.model, pass.logits, first, chunk);
    head.forward(rec, merged, other, pass.space.last, chunk);
    const columns = adapted.model.config.vocabulary;
    logitGap.measure(rec, { x: pass.logits.logits, y: other.logits, rows: chunk.rows, columns }, gaps);
    await rec.submit();
    addGaps((await downloadFloats(gpu, gaps)).subarray(0, 4 * chunk.rows), found);
  }
}

function addGaps(gaps: Float32Array, found: Gaps): void {
  for (let at = 0; at < gaps.length; at += 4) {
    const [gap, size, same, broken] = gaps.subarray(at, at + 4);
    found.positions += 1;
    found.largestGap = broken ? Number.POSITIVE_INFINITY : Math.max(found.largestGap, gap!);
    found.largestLogit = Math.max(found.largestLogit, size!);
    found.sameToken += same!;
  }
}
