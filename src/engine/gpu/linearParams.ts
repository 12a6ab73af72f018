/** What the kernels of a projection are told whatever the rows: sizes, ranks and scales of its parts. */
import { inputsOf, type Kernel } from './linearKernels';
import type { Split } from './linearRoom';
import type { Tensor } from './tensor';

interface Part {
  /** [outputs, inputs] */
  readonly weight: Tensor;
  readonly pitch?: number | undefined;
  readonly low?: { readonly adapter: { readonly rank: number; readonly scale: number } } | undefined;
}

/** Of what is absent. */
export const ABSENT = 0xffff_ffff;

export function stagesOf(split: Split | undefined) {
  return { stages: split?.stages ?? WHOLE, splits: split?.count ?? 1 };
}

/** Stages enough for any product. */
const WHOLE = 1 << 24;

/** What is the same for both products and all kernels; each sets the rest that it reads. */
export function params(parts: readonly Part[]) {
  return {
    tiles: [] as readonly number[],
    outputs: parts.map(({ weight }) => weight.shape[0]!),
    pitch: parts.map(({ weight, pitch }) => pitch ?? weight.shape[0]!),
    rank: parts.map(({ low }) => low?.adapter.rank ?? 0),
    scale: parts.map(({ low }) => low?.adapter.scale ?? 0),
    seed: [] as readonly number[],
    biasAt: [] as readonly number[],
    parts: parts.length,
    rows: 0,
    inputs: inputsOf(parts),
    threshold: 0,
    keep: 1,
    accumulate: 0,
  };
}

/** What a split product writes lies side by side, without bias and residual. */
export function partial(parts: readonly Part[]) {
  const outAt = parts.map((_, p) => outputsOf(parts.slice(0, p)));
  return { outAt, pitch: parts.map(() => outputsOf(parts)), biasAt: parts.map(() => ABSENT) };
}

export const outputsOf = (parts: readonly Part[]) => parts.reduce((sum, { weight }) => sum + weight.shape[0]!, 0);

export function shapesOf(parts: readonly Part[]) {
  return parts.map(({ weight, pitch, low }) => ({ weight, pitch, rank: low?.adapter.rank ?? 0 }));
}

/** What follows from the kernel, made once for each. */
export function perKernel<T>(make: (kernel: Kernel) => T): (kernel: Kernel) => T {
  const made = new Map<Kernel, T>();
  return (kernel) => {
    const one = made.get(kernel) ?? make(kernel);
    made.set(kernel, one);
    return one;
  };
}
