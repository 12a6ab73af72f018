/** float64 twin of shaders/swiglu.wgsl. */

export function forward(gate: Float64Array, up: Float64Array): Float64Array {
  return gate.map((g, i) => g * sigmoid(g) * up[i]!);
}

export function backward(gate: Float64Array, up: Float64Array, dh: Float64Array) {
  const dgate = gate.map((g, i) => dh[i]! * up[i]! * sigmoid(g) * (1 + g * (1 - sigmoid(g))));
  const dup = gate.map((g, i) => dh[i]! * g * sigmoid(g));
  return { dgate, dup };
}

function sigmoid(g: number): number {
  return 1 / (1 + Math.exp(-g));
}
