/** Rotary position embedding, rotate-half, in place. Nothing is saved: backward rotates by the negative angle. */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';

export interface Rope {
  /** f32 [rows, heads, headDim], changed in place */
  readonly x: Tensor;
  /** f32 [positions, headDim] from `rotaryTable` */
  readonly table: Tensor;
  /** u32 [≥ rows], each below the table's number of positions */
  readonly positions: Tensor;
  readonly rows: number;
  readonly heads: number;
  /** Even. */
  readonly headDim: number;
}

const PAIRS_PER_GROUP = 64;

/**
 * [positions, headDim]: cosines in the first half of each row, sines in the second. Made on the host, because WGSL's
 * sin is too coarse; frequency and angle are rounded to f32 where PyTorch rounds them. Throws when headDim is odd.
 */
export function rotaryTable(positions: number, headDim: number, theta: number): Float32Array<ArrayBuffer> {
  if (headDim % 2 !== 0) throw new Error(`rotary positions need an even head dimension, not ${headDim}`);
  const half = headDim / 2;
  const table = new Float32Array(positions * headDim);
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / headDim)));
    for (let p = 0; p < positions; p++) {
      const angle = Math.fround(p * frequency);
      table[p * headDim + i] = Math.cos(angle);
      table[p * headDim + half + i] = Math.sin(angle);
    }
  }
  return table;
}

export function forward(rec: Recorder, rope: Rope): void {
  rotate(rec, rope, 1);
}

/** `x` holds the gradient of the rotated values and becomes the gradient of the unrotated ones. */
export function backward(rec: Recorder, rope: Rope): void {
  rotate(rec, rope, -1);
}

function rotate(rec: Recorder, { x, table, positions, rows, heads, headDim }: Rope, direction: 1 | -1): void {
  const half = headDim / 2;
  const pairs = rows * heads * half;
  rec.dispatch({
    stem: 'rope',
    entry: 'rotate',
    bind: { x, table, positions },
    params: { pairs, heads, half, direction },
    grid: lines(Math.ceil(pairs / PAIRS_PER_GROUP)),
  });
}
