/** Gradient norm, clip factor and the check that everything is finite, left on the GPU for the optimizer. */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { words } from '../gpu/work';

export interface GradNorm {
  /** f32 [count]: all gradients side by side; gaps are zero. */
  readonly gradients: Tensor;
  readonly count: number;
  /** f32 [≥ 4]: the step's loss totals, the fourth of them its valid tokens. */
  readonly totals: Tensor;
  /** How many valid tokens there must be: others are not of this step, or were never computed. */
  readonly labels: number;
  /** 0 or less: no clipping. */
  readonly maxNorm: number;
}

const WIDTH = 64;
const MOST_GROUPS = 4096;

/**
 * state[4] = (norm of the finite gradients, factor min(1, maxNorm / (norm + 1e-6)), how many gradients and totals are
 * not finite (+1 when the norm itself overflows), 1 from the first such step on, or one with other tokens than its labels). `partials` holds `partialFloats(count)` floats.
 */
export function forward(
  rec: Recorder,
  { gradients, count, totals, labels, maxNorm }: GradNorm,
  partials: Tensor,
  state: Tensor,
): void {
  const groups = groupsOf(count);
  const shared = { stem: 'gradNorm', params: { count, groups, maxNorm, labels }, constants: { WIDTH } };
  const work = { flops: 2 * count, bytes: words(count + 2 * groups) };
  const last = { flops: 2 * groups, bytes: words(2 * groups + 8) };
  rec.dispatch({ ...shared, entry: 'measure', bind: { gradients, partials }, grid: [groups], work });
  rec.dispatch({ ...shared, entry: 'finish', bind: { partials, totals, state }, grid: [1], work: last });
}

/** Floats of scratch that `forward` needs for `count` gradients. */
export function partialFloats(count: number): number {
  return 2 * groupsOf(count);
}

function groupsOf(count: number): number {
  return Math.min(MOST_GROUPS, Math.max(1, Math.ceil(count / (WIDTH * 32))));
}
