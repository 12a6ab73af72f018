/** What the self-test is asked and tells: types only. */

import type { Variant } from '../gpu/variants';
import type { Divergence } from '../ops/loss';

export interface SelfTestRequest {
  /** On a CPU adapter, kernels of graphics cards as well, which it does not take by itself and compiles slowly. */
  readonly all: boolean;
}

/**
 * Which kernel of an entry: a variant of the matmul kernels, one whose invocations fetch for their quads, one whose
 * workgroups share the terms of a tile, or one for odd widths; attention by invocations that work alone or share; the norms
 * of heads; what a loss compares; what is drawn from.
 */
export type KernelVariant =
  | Variant
  | 'quads'
  | 'sums'
  | 'single'
  | 'alone'
  | 'shared'
  | 'heads'
  | Divergence
  | 'all'
  | 'likely';

/** One kernel beside its float64 twin. */
export interface KernelCheck {
  readonly op: string;
  readonly entry: string;
  readonly variant: KernelVariant | undefined;
  readonly shape: string;
  /** The largest relative error of any result, on its norm; not a number when the kernel's result was none. */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
  /** What the driver said, where it refused the kernel. */
  readonly problem: string | undefined;
}

/** Told before each kernel, and after the last. */
export interface SelfTestProgress {
  readonly done: number;
  readonly total: number;
  /** What is computed next; undefined after the last. */
  readonly next: Pick<KernelCheck, 'op' | 'entry' | 'variant'> | undefined;
  /** The last one. */
  readonly check: KernelCheck | undefined;
}

export interface SelfTestReport {
  readonly checks: readonly KernelCheck[];
  /** How many there would have been. */
  readonly total: number;
  readonly stopped: boolean;
  readonly milliseconds: number;
}
