/** One comparison of the self-test: what kernels make of some inputs, and what their float64 twin makes of the same. */
import type { Bench } from './bench';
import type { KernelVariant } from './report';

/** Results by name. */
export type Results = Readonly<Record<string, ArrayLike<number>>>;

export interface KernelCase {
  /** Stem of the op. */
  readonly op: string;
  readonly entry: string;
  /** Which of several kernels of the entry; undefined where there is one. */
  readonly variant?: KernelVariant;
  /** Kernels for CPU adapters, or those for graphics cards; undefined: those that this adapter takes. */
  readonly software?: boolean;
  readonly shape: string;
  /** Of `relativeError`, for every result; the error may be this large. */
  readonly tolerance: number;
  /** On the GPU. */
  compute(bench: Bench): Promise<Results>;
  /** By the twin: the same names. */
  expected(): Results;
}
