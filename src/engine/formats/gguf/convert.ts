/** bf16 weights in the types of ggml. */
import { bf16ToHalf, halfBits } from '../half';
import { widened, wordsOf } from '../pieces';
import { type GgmlType, ggmlTypes } from './container';

export interface Converted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Weights, or blocks of them, that are not finite in this type. */
  readonly overflows: number;
}

/** Pieces of bf16 weights, whole blocks of each type. */
export const converters: Readonly<Record<GgmlType, (piece: Uint8Array<ArrayBuffer>) => Converted>> = {
  BF16: (bytes) => ({ bytes, overflows: 0 }),
  F32: (bytes) => ({ bytes: bytesOf(widened(wordsOf(bytes))), overflows: 0 }),
  F16: (bytes) => {
    const { half, overflows } = bf16ToHalf(wordsOf(bytes));
    return { bytes: bytesOf(half), overflows };
  },
  Q8_0: toQ8,
};

/** As `quantize_row_q8_0_ref` of ggml: a block is d = max |x| / 127 in f16, then x / d as int8, halves away from zero. */
function toQ8(piece: Uint8Array<ArrayBuffer>): Converted {
  const { block, bytes } = ggmlTypes.Q8_0;
  const weights = widened(wordsOf(piece));
  const to = new DataView(new ArrayBuffer((weights.length / block) * bytes));
  let overflows = 0;
  for (let from = 0, at = 0; from < weights.length; from += block, at += bytes) {
    const d = Math.fround(largest(weights, from, block) / 127);
    const scale = halfBits(d);
    if (scale >= 0x7c00) overflows += 1;
    to.setUint16(at, scale, true);
    const inverse = inverseOf(d);
    for (let i = 0; i < block; i++) to.setInt8(at + 2 + i, rounded(Math.fround(weights[from + i]! * inverse)));
  }
  return { bytes: new Uint8Array(to.buffer), overflows };
}

/** NaN when one of them is. */
function largest(weights: Float32Array, from: number, count: number): number {
  let most = 0;
  for (let i = from; i < from + count; i++) most = Math.max(most, Math.abs(weights[i]!));
  return most;
}

/** Where even the inverse of d overflows, d is zero in f16 and so is all that it multiplies. */
function inverseOf(d: number): number {
  const inverse = Math.fround(1 / d);
  return Number.isFinite(inverse) ? inverse : 0;
}

function rounded(value: number): number {
  return value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5);
}

function bytesOf({ buffer }: { readonly buffer: ArrayBuffer }): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}
