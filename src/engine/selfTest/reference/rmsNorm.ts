/** float64 twin of shaders/rmsNorm.wgsl. */

export function forward(x: Float64Array, weight: Float64Array, rows: number, eps: number): Float64Array {
  const width = weight.length;
  const y = new Float64Array(rows * width);
  for (let r = 0; r < rows; r++) {
    const inv = inverseRms(x, r * width, width, eps);
    for (let i = 0; i < width; i++) y[r * width + i] = weight[i]! * x[r * width + i]! * inv;
  }
  return y;
}

export function backward(
  x: Float64Array,
  weight: Float64Array,
  dy: Float64Array,
  add: Float64Array,
  rows: number,
  eps: number,
): Float64Array {
  const width = weight.length;
  const dx = new Float64Array(rows * width);
  for (let r = 0; r < rows; r++) {
    const base = r * width;
    const inv = inverseRms(x, base, width, eps);
    let dot = 0;
    for (let i = 0; i < width; i++) dot += weight[i]! * dy[base + i]! * x[base + i]!;
    const slope = (dot / width) * inv * inv;
    for (let i = 0; i < width; i++) {
      dx[base + i] = add[base + i]! + inv * (weight[i]! * dy[base + i]! - x[base + i]! * slope);
    }
  }
  return dx;
}

function inverseRms(x: Float64Array, base: number, width: number, eps: number): number {
  let squares = 0;
  for (let i = 0; i < width; i++) squares += x[base + i]! ** 2;
  return 1 / Math.sqrt(squares / width + eps);
}
