/** float64 twin of shaders/linear.wgsl. Absent operands are undefined. */
import { timesTransposed, transposed } from './lora';

export interface Twin {
  readonly weight: Float64Array;
  readonly inputs: number;
  readonly bias?: Float64Array | undefined;
  readonly residual?: Float64Array | undefined;
  readonly adapter?: {
    readonly a: Float64Array;
    readonly b: Float64Array;
    readonly rank: number;
    readonly scale: number;
  };
}

/** residual + x Wᵀ + bias + scale · u Bᵀ */
export function forward(
  x: Float64Array,
  u: Float64Array | undefined,
  { weight, inputs, bias, residual, adapter }: Twin,
): Float64Array {
  const outputs = weight.length / inputs;
  const low = adapter && u ? timesTransposed(u, adapter.b, adapter.rank) : undefined;
  return timesTransposed(x, weight, inputs).map(
    (value, i) => value + (low ? adapter!.scale * low[i]! : 0) + (bias?.[i % outputs] ?? 0) + (residual?.[i] ?? 0),
  );
}

/** before + dy W + mask ∘ (t A) */
export function backward(
  dy: Float64Array,
  t: Float64Array | undefined,
  mask: Float64Array,
  before: Float64Array | undefined,
  { weight, inputs, adapter }: Twin,
): Float64Array {
  const outputs = weight.length / inputs;
  const low = adapter && t ? timesTransposed(t, transposed(adapter.a, inputs), adapter.rank) : undefined;
  return timesTransposed(dy, transposed(weight, inputs), outputs).map(
    (value, i) => value + (low ? mask[i]! * low[i]! : 0) + (before?.[i] ?? 0),
  );
}
