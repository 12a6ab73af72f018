/** float64 twin of shaders/rows.wgsl. */

export function gather(from: Float64Array, index: readonly number[], width: number): Float64Array {
  return Float64Array.from(index.flatMap((row) => Array.from(from.subarray(row * width, (row + 1) * width))));
}

export function scatter(
  from: Float64Array,
  index: readonly number[],
  width: number,
  before: Float64Array,
): Float64Array {
  const to = before.slice();
  for (const [r, row] of index.entries()) to.set(from.subarray(r * width, (r + 1) * width), row * width);
  return to;
}

export function scatterAdd(
  from: Float64Array,
  index: readonly number[],
  width: number,
  before: Float64Array,
): Float64Array {
  const to = before.slice();
  for (const [r, row] of index.entries()) for (let i = 0; i < width; i++) to[row * width + i]! += from[r * width + i]!;
  return to;
}
