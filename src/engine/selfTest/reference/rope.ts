/** float64 twin of shaders/rope.wgsl; angles in float64 too. */

interface Shape {
  readonly heads: number;
  readonly headDim: number;
  readonly theta: number;
}

export function forward(x: Float64Array, positions: readonly number[], shape: Shape): Float64Array {
  return rotate(x, positions, shape, 1);
}

export function backward(dy: Float64Array, positions: readonly number[], shape: Shape): Float64Array {
  return rotate(dy, positions, shape, -1);
}

function rotate(
  x: Float64Array,
  positions: readonly number[],
  { heads, headDim, theta }: Shape,
  sign: number,
): Float64Array {
  const y = new Float64Array(x.length);
  const half = headDim / 2;
  for (let head = 0; head < x.length / headDim; head++) {
    const position = positions[Math.floor(head / heads)]!;
    for (let i = 0; i < half; i++) {
      const angle = sign * position * theta ** ((-2 * i) / headDim);
      const [a, b] = [x[head * headDim + i]!, x[head * headDim + half + i]!];
      y[head * headDim + i] = a * Math.cos(angle) - b * Math.sin(angle);
      y[head * headDim + half + i] = b * Math.cos(angle) + a * Math.sin(angle);
    }
  }
  return y;
}
