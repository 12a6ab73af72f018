/** float64 twin of shaders/embedding.wgsl. */
export function forward(ids: readonly number[], table: Float64Array, width: number): Float64Array {
  return Float64Array.from(ids.flatMap((id) => Array.from(table.subarray(id * width, (id + 1) * width))));
}
