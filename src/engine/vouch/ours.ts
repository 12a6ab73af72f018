/** Our side of the comparison: a model's greedy answers, and its logits where a prompt ends. */
import { packBatch } from '../data/batches';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import { GpuRecorder } from '../gpu/recorder';
import { download } from '../gpu/transfer';
import { passOver, uploadBatch } from '../model/batch';
import { generate } from '../model/generate';
import * as head from '../model/head';
import * as transformer from '../model/transformer';
import type { Model } from '../model/weights';
import type { Sampling } from '../ops/sample';
import { StudioError } from '../studioError';
import { allocateLoss, lossBatches } from '../train/testLoss';
import type { Watch } from '../watch';
import type { GreedyOptions } from './second';

const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };

/** In the order of the prompts, without end tokens; undefined when stopped. */
export async function ourAnswers(
  gpu: Gpu,
  model: Model,
  prompts: readonly Uint32Array[],
  options: GreedyOptions,
  watch: Watch,
): Promise<readonly Uint32Array[] | undefined> {
  let stopped = false;
  const boundary = async () => {
    const next = await watch.boundary();
    stopped ||= next === 'stop';
    return next;
  };
  const answers = await generate(gpu, model, prompts, { ...options, sampling: greedy, watch: { ...watch, boundary } });
  return stopped ? undefined : answers;
}

interface Asked {
  readonly prompt: Uint32Array<ArrayBuffer>;
}

/**
 * Tells each row the logits [vocabulary] behind its prompt, once and in an order of its own; goes on when it has been
 * heard, and ends when it says stop. Throws a StudioError `vouch-memory`.
 */
export async function lastLogits<T extends Asked>(
  gpu: Gpu,
  model: Model,
  rows: readonly T[],
  each: (row: T, logits: Float32Array) => Promise<'go' | 'stop'>,
): Promise<void> {
  // One label, whatever it is: the position that predicts it is the prompt's last.
  const batches = lossBatches(
    model.config,
    rows.map((row) => ({ row, prompt: row.prompt, answer: Uint32Array.of(0) })),
  );
  const { vocabulary } = model.config;
  const arena = new Arena(gpu.device, 'vouching');
  const rec = new GpuRecorder(gpu);
  try {
    const pass = await withMemoryCheck(gpu.device, noMemory, () => allocateLoss(arena, model.config, 0, batches));
    for (const rows of batches) {
      const batch = packBatch(rows);
      uploadBatch(gpu, pass.tensors, batch);
      transformer.forward(rec, model, pass.space, { ...passOver(batch, pass.tensors), adapter: undefined });
      await rec.submit();
      for (const chunk of head.chunks(batch.labels, pass.logits.chunk)) {
        head.forward(rec, model, pass.logits, pass.space.last, chunk);
        await rec.submit();
        const all = new Float32Array(await download(gpu, pass.logits.logits, 4 * chunk.rows * vocabulary));
        for (let r = 0; r < chunk.rows; r++) {
          const logits = all.subarray(r * vocabulary, (r + 1) * vocabulary);
          if ((await each(rows[chunk.start + r]!.row, logits)) === 'stop') return;
        }
      }
    }
  } finally {
    rec.destroy();
    arena.destroy();
  }
}

function noMemory(reason: string): StudioError {
  const message =
    `The graphics card has not enough memory to compare the exported model with the second engine (${reason}). ` +
    'Ask for fewer rows, or close what else uses the card. What was learnt and exported is kept.';
  return new StudioError('vouch-memory', message, { reason });
}
