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

/** Llama 3's longer context: slow frequencies are divided by `factor`, fast ones stay, those between go over smoothly. */
export interface RotaryScaling {
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  /** Positions that the model was first trained on. */
  readonly originalContext: number;
}

export interface Rotary {
  readonly theta: number;
  readonly scaling?: RotaryScaling | undefined;
}

/**
 * [positions, headDim]: cosines in the first half of each row, sines in the second. Made on the host, because WGSL's
 * sin is too coarse; frequency and angle are rounded to f32 where PyTorch rounds them. Throws when headDim is odd.
 */
export function rotaryTable(positions: number, headDim: number, { theta, scaling }: Rotary): Float32Array<ArrayBuffer> {
  if (headDim % 2 !== 0) throw new Error(`rotary positions need an even head dimension, not ${headDim}`);
  const half = headDim / 2;
  const table = new Float32Array(positions * headDim);
  for (let i = 0; i < half; i++) {
    const plain = Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / headDim)));
    const frequency = scaling ? scaledFrequency(plain, scaling) : plain;
    for (let p = 0; p < positions; p++) {
      const angle = Math.fround(p * frequency);
      table[p * headDim + i] = Math.cos(angle);
      table[p * headDim + half + i] = Math.sin(angle);
    }
  }
  return table;
}

/** As `_compute_llama3_parameters` of transformers, rounded to f32 where it rounds. */
function scaledFrequency(frequency: number, scaling: RotaryScaling): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = scaling;
  const wavelength = Math.fround(Math.fround(2 * Math.PI) / frequency);
  if (wavelength < originalContext / high) return frequency;
  const slow = Math.fround(frequency / factor);
  if (wavelength > originalContext / low) return slow;
  const smooth = Math.fround(Math.fround(Math.fround(originalContext / wavelength) - low) / (high - low));
  const slowPart = Math.fround(Math.fround(Math.fround(1 - smooth) * frequency) / factor);
  return Math.fround(slowPart + Math.fround(smooth * frequency));
}

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
