/** Logits of a model as the studio computes them, for comparison with other programs'. */
import { packBatch } from '../../src/engine/data/batches';
import type { TokenRow } from '../../src/engine/data/examples';
import { allocateBatch, passOver, uploadBatch } from '../../src/engine/model/batch';
import * as head from '../../src/engine/model/head';
import type { LoraAdapter } from '../../src/engine/model/lora';
import * as transformer from '../../src/engine/model/transformer';
import type { Model } from '../../src/engine/model/weights';
import { allocateWorkspace } from '../../src/engine/model/workspace';
import type { Bench } from './gpu';

type Row = Pick<TokenRow, 'prompt' | 'answer'>;

/** Logits at the label positions of a packed batch. */
export async function labelLogits(
  b: Bench,
  model: Model,
  batchRows: readonly Row[],
  adapter?: LoraAdapter,
): Promise<Float32Array> {
  const batch = packBatch(batchRows);
  const tensors = allocateBatch(b.arena, batch.tokens, Math.max(64, batch.labels));
  const sizes = {
    maxTokens: batch.tokens,
    maxPicked: batch.labels,
    maxPositions: Math.max(64, batch.tokens),
    rank: adapter?.settings.rank ?? 0,
  };
  const space = allocateWorkspace(b.arena, model.config, sizes, false);
  const logits = head.allocateHead(b.arena, model.config, Math.max(64, batch.labels));
  uploadBatch(b.gpu, tensors, batch);
  transformer.forward(b.rec, model, space, {
    ...passOver(batch, tensors),
    adapter,
  });
  head.forward(b.rec, model, logits, space.last, { start: 0, rows: batch.labels });
  const all = await b.read(logits.logits);
  return all.slice(0, batch.labels * model.config.vocabulary);
}

/** A row whose every position is a label: the answer is everything after the first token. */
export function everyPosition(row: Row): Row {
  const ids = [...row.prompt, ...row.answer];
  return { prompt: Uint32Array.of(ids[0]!), answer: Uint32Array.from([...ids.slice(1), 0]) };
}
