/** float64 twin of shaders/lora.wgsl and shaders/lib/dropout.wgsl. Matrices are row-major. */
import { roundBf16 } from '../bf16';
import { pcg3d } from './random';

/** The factor, 0 or 1 / (1 − p), of every element of a [rows, columns] matrix. */
export function dropoutMask(rows: number, columns: number, probability: number, seed: number): Float64Array {
  const threshold = Math.round(probability * 2 ** 24);
  const mask = new Float64Array(rows * columns).fill(1);
  if (threshold === 0) return mask;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y, z] = pcg3d(row, Math.floor(column / 4), seed);
      const fourth = ((x & 0xff) << 16) | ((y & 0xff) << 8) | (z & 0xff);
      const draw = [x >>> 8, y >>> 8, z >>> 8, fourth][column % 4]!;
      mask[row * columns + column] = draw < threshold ? 0 : Math.fround(1 / (1 - probability));
    }
  }
  return mask;
}

/** [m, n] of left[m, k] · right[n, k]ᵀ */
export function timesTransposed(left: Float64Array, right: Float64Array, k: number): Float64Array {
  const [m, n] = [left.length / k, right.length / k];
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += left[i * k + l]! * right[j * k + l]!;
      out[i * n + j] = sum;
    }
  }
  return out;
}

/** [n, m] of a [m, n] matrix */
export function transposed(matrix: Float64Array, n: number): Float64Array {
  const m = matrix.length / n;
  return matrix.map((_, index) => matrix[(index % m) * n + Math.floor(index / m)]!);
}

export function project(x: Float64Array, a: Float64Array, mask: Float64Array, inputs: number): Float64Array {
  return timesTransposed(times(x, mask), a, inputs);
}

export function backproject(dy: Float64Array, b: Float64Array, scale: number, rank: number): Float64Array {
  const outputs = b.length / rank;
  return timesTransposed(dy, transposed(b, rank), outputs).map((value) => value * scale);
}

export function gradientA(
  x: Float64Array,
  t: Float64Array,
  mask: Float64Array,
  inputs: number,
  rank: number,
): Float64Array {
  const rows = x.length / inputs;
  return timesTransposed(transposed(t, rank), transposed(times(x, mask), inputs), rows);
}

export function gradientB(
  dy: Float64Array,
  u: Float64Array,
  scale: number,
  outputs: number,
  rank: number,
): Float64Array {
  const rows = dy.length / outputs;
  return timesTransposed(transposed(dy, outputs), transposed(u, rank), rows).map((value) => value * scale);
}

export function merge(w: Float64Array, a: Float64Array, b: Float64Array, scale: number, rank: number): Float64Array {
  const inputs = a.length / rank;
  const delta = timesTransposed(b, transposed(a, inputs), rank);
  return w.map((value, index) => roundBf16(value + scale * delta[index]!));
}

function times(x: Float64Array, mask: Float64Array): Float64Array {
  return x.map((value, index) => value * mask[index]!);
}
