/** Measures a model on rows: loss of the expected answers, and the answers it gives itself. */
import { packBatch } from '../data/batches';
import type { TokenRow } from '../data/examples';
import { judge } from '../data/judge';
import type { ChatTokenizer } from '../data/tokenizer';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { Recorder } from '../gpu/recorder';
import { slice } from '../gpu/tensor';
import { downloadFloats } from '../gpu/transfer';
import { allocateBatch, uploadBatch } from '../model/batch';
import { generate } from '../model/generate';
import * as head from '../model/head';
import type { LoraAdapter } from '../model/lora';
import * as qwen2 from '../model/qwen2';
import type { Model } from '../model/weights';
import { allocateWorkspace } from '../model/workspace';
import * as loss from '../ops/loss';
import type { Answer } from '../studio';
import { StudioError } from '../studioError';
import type { Watch } from '../watch';
import { runSizes } from './objective';
import type { Recipe } from './recipe';

/** Whose answers: a model, with or without an adapter. */
export interface Candidate {
  readonly model: Model;
  readonly adapter: LoraAdapter | undefined;
}

const ROWS_PER_BATCH = 16;
/** Long rows come in smaller batches. */
const TOKENS_PER_BATCH = 8192;

/** Mean cross-entropy over the label tokens of all rows; undefined when stopped. */
export async function measureLoss(
  gpu: Gpu,
  { model, adapter }: Candidate,
  rows: readonly TokenRow[],
  watch: Watch,
): Promise<number | undefined> {
  const longest = rows.reduce((most, { prompt, answer }) => Math.max(most, prompt.length + answer.length), 1);
  const size = Math.max(1, Math.min(ROWS_PER_BATCH, Math.floor(TOKENS_PER_BATCH / longest)));
  const batches = Array.from({ length: Math.ceil(rows.length / size) }, (_, i) =>
    packBatch(rows.slice(i * size, (i + 1) * size)),
  );
  const labels = batches.reduce((sum, batch) => sum + batch.labels, 0);
  const arena = new Arena(gpu.device, 'evaluation');
  const rec = new Recorder(gpu);
  try {
    const sizes = runSizes(rows, size);
    const { vocabulary } = model.config;
    const space = allocateWorkspace(gpu, arena, model.config, { ...sizes, rank: adapter?.settings.rank ?? 0 }, false);
    const logits = head.allocateHead(arena, model.config, head.chunkRows(vocabulary, sizes.maxLabels));
    const tensors = allocateBatch(arena, sizes.maxTokens, sizes.maxLabels);
    const stats = arena.tensor('stats', [logits.chunk, 4]);
    const totals = arena.tensor('totals', [4]);
    for (const [index, batch] of batches.entries()) {
      if ((await watch.boundary()) === 'stop') return undefined;
      watch.progress(index * size, rows.length);
      uploadBatch(gpu, tensors, batch);
      qwen2.forward(rec, model, space, { tokens: batch.tokens, prefix: batch.prefix, batch: tensors, adapter });
      for (const { start, rows: count } of head.chunks(batch.labels, logits.chunk)) {
        head.forward(rec, model, logits, space.last, tensors.labelRows, { start, rows: count });
        const targets = slice(tensors.targets, start, count);
        const scored = { logits: logits.logits, stride: vocabulary, vocabulary, targets, rows: count, gradient: false };
        loss.crossEntropy(rec, scored, { weight: 0 }, stats);
        loss.accumulate(rec, stats, count, totals);
      }
      await rec.submit();
      await gpu.device.queue.onSubmittedWorkDone();
    }
    const [sum, , , valid] = await downloadFloats(gpu, totals);
    if (valid !== labels) {
      throw new StudioError('not-evaluated', 'The graphics card did not compute the loss of the test rows.');
    }
    return sum! / labels;
  } finally {
    rec.destroy();
    arena.destroy();
  }
}

/** The answer that a candidate generates for each row, judged. Fewer than `rows` when stopped. */
export async function measureAnswers(
  gpu: Gpu,
  { model, adapter }: Candidate,
  tokenizer: ChatTokenizer,
  rows: readonly TokenRow[],
  recipe: Recipe,
  watch: Watch,
): Promise<Answer[]> {
  let stopped = false;
  const outputs = await generate(
    gpu,
    model,
    rows.map((row) => row.prompt),
    {
      maxNewTokens: recipe.evaluation.maxNewTokens,
      endTokens: [...new Set([tokenizer.endToken, ...model.config.endTokens])].slice(0, 4),
      sampling: { ...recipe.generation, seed: recipe.seed },
      adapter,
      watch: {
        boundary: async () => {
          const next = await watch.boundary();
          stopped ||= next === 'stop';
          return next;
        },
        progress: watch.progress,
      },
    },
  );
  // A stopped generation leaves half sentences, which say nothing about the model.
  if (stopped) return [];
  return outputs.map((ids, index): Answer => {
    const { line, question, answer: expected } = rows[index]!.example;
    const output = tokenizer.decode(ids);
    const correct = judge(recipe.judge, { question, expected, output, pattern: recipe.judgePattern });
    return { line, question, expected, output, correct };
  });
}

/** `count` rows spread evenly over all of them: the same sample each time. */
export function sampleRows<T>(rows: readonly T[], count: number): readonly T[] {
  if (count >= rows.length) return rows;
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
}
