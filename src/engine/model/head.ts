/**
 * The head on the hidden states that are asked for, in chunks: [tokens, vocabulary] never exists.
 * Norms them, makes logits; backward takes the gradient that the loss wrote over the logits.
 */
import type { Arena } from '../gpu/arena';
import type { Recorder } from '../gpu/recorder';
import { slice, type Tensor } from '../gpu/tensor';
import * as linear from '../ops/linear';
import * as rmsNorm from '../ops/rmsNorm';
import type { ModelConfig } from './config';
import type { Model } from './weights';

/** C rows at a time, H hidden, V vocabulary. */
export interface HeadSpace {
  /** Rows per chunk; a multiple of 64, so that a chunk starts on 256 bytes. */
  readonly chunk: number;
  /** [C, H] */
  readonly normed: Tensor;
  /** [C, V]: logits, then their gradient */
  readonly logits: Tensor;
  readonly dnormed: Tensor;
}

const CHUNK_ALIGNMENT = 64;
/** Weights of a large vocabulary are read anew for each chunk: so much that the label rows of a usual batch are one. */
const LOGITS_BYTES = 96 << 20;

/** Rows per chunk so that the logits stay near 96 MiB, and no more than `most` rows need, rounded up to 64. */
export function chunkRows(vocabulary: number, most: number): number {
  const fit = Math.max(1, Math.floor(LOGITS_BYTES / (4 * vocabulary)));
  return Math.ceil(Math.min(fit, most) / CHUNK_ALIGNMENT) * CHUNK_ALIGNMENT;
}

export function allocateHead(arena: Arena, { hidden, vocabulary }: ModelConfig, chunk: number): HeadSpace {
  const wide = (name: string) => arena.tensor(name, [chunk, hidden]);
  return {
    chunk,
    normed: wide('labelNormed'),
    logits: arena.tensor('logits', [chunk, vocabulary]),
    dnormed: wide('dlabelNormed'),
  };
}

/** The chunks of `count` rows: first row and number of rows. */
export function chunks(count: number, chunk: number): { start: number; rows: number }[] {
  return Array.from({ length: Math.ceil(count / chunk) }, (_, i) => ({
    start: i * chunk,
    rows: Math.min(chunk, count - i * chunk),
  }));
}

/** `last`[start..start+rows] → `space.logits` [rows, V] */
export function forward(
  rec: Recorder,
  { config, weights }: Model,
  space: HeadSpace,
  last: Tensor,
  { start, rows: count }: { start: number; rows: number },
): void {
  const x = rowsOf(last, start, count);
  rmsNorm.forward(rec, { x, weight: weights.norm, rows: count, eps: config.rmsEps }, space.normed);
  for (const { first, weight } of weights.head) {
    const part = { weight, pitch: config.vocabulary, y: columns(space.logits, first) };
    linear.forward(rec, { x: space.normed, rows: count }, [part]);
  }
}

/** The gradient in `space.logits` → `dlast`[start..start+rows]; `last` is what forward read. */
export function backward(
  rec: Recorder,
  { config, weights }: Model,
  space: HeadSpace,
  last: Tensor,
  dlast: Tensor,
  { start, rows: count }: { start: number; rows: number },
): void {
  for (const { first, weight } of weights.head) {
    const part = { weight, pitch: config.vocabulary, dy: columns(space.logits, first) };
    linear.backward(rec, { rows: count, dropout: 0, accumulate: first > 0 }, [part], space.dnormed);
  }
  const norm = { x: rowsOf(last, start, count), weight: weights.norm, rows: count, eps: config.rmsEps };
  rmsNorm.backward(rec, norm, space.dnormed, { dx: rowsOf(dlast, start, count) });
}

function rowsOf(matrix: Tensor, start: number, count: number): Tensor {
  const width = matrix.shape[1]!;
  return slice(matrix, start * width, count * width);
}

/** The logits from column `first` on. */
function columns(logits: Tensor, first: number): Tensor {
  return first === 0 ? logits : slice(logits, first, logits.bytes / 4 - first);
}
