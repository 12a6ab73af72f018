/** Rotary position embedding of queries and keys, rotate-half, in place. Nothing is saved: backward rotates by the negative angle. */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { words } from '../gpu/work';

export interface Rope {
  /** f32 [queries, heads, headDim], changed in place */
  readonly q: Tensor;
  /** f32 [keys, kvHeads, headDim], changed in place */
  readonly k: Tensor;
  /** f32 [positions, headDim] from `rotaryTable` */
  readonly table: Tensor;
  /** u32 [≥ queries] and [≥ keys], each below the table's number of positions */
  readonly queryPositions: Tensor;
  readonly keyPositions: Tensor;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Even. */
  readonly headDim: number;
}

const PAIRS_PER_GROUP = 64;

export function forward(rec: Recorder, rope: Rope): void {
  rotate(rec, rope, 1);
}

/** `q` and `k` hold the gradients of the rotated values and become the gradients of the unrotated ones. */
export function backward(rec: Recorder, rope: Rope): void {
  rotate(rec, rope, -1);
}

function rotate(rec: Recorder, rope: Rope, direction: 1 | -1): void {
  const { q, k, table, queryPositions, keyPositions, queries, keys, heads, kvHeads, headDim } = rope;
  const half = headDim / 2;
  const [queryPairs, keyPairs] = [queries * heads * half, keys * kvHeads * half];
  const pairs = queryPairs + keyPairs;
  rec.dispatch({
    stem: 'rope',
    entry: 'rotate',
    bind: { q, k, table, queryPositions, keyPositions },
    params: { queryPairs, keyPairs, heads, kvHeads, half, direction },
    grid: lines(Math.ceil(pairs / PAIRS_PER_GROUP)),
    work: { flops: 6 * pairs, bytes: words(4 * pairs + (queries + keys) * (headDim + 1)) },
  });
}
