/** How far merging moved a matrix, measured on the GPU: norms before and after, the largest changes, what is not finite. */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { halves, words } from '../gpu/work';
import type { Adapter } from './lora';

/** Floats that one matrix has in `results`. */
export const SHIFT_FLOATS = 8;

const WIDTH = 64;
const MOST_GROUPS = 1024;

export interface WeightShift {
  /** ‖W‖ before merging */
  readonly norm: number;
  /** ‖scale · B A‖ */
  readonly change: number;
  /** ‖merged − W‖: the change that is left after rounding */
  readonly moved: number;
  /** Elements where a factor or a weight is not finite; they are left out of everything else. */
  readonly broken: number;
  readonly largestChange: number;
  readonly largestMoved: number;
  /** Largest |merged − (W + scale · B A)| in units of the last place: one half when rounded to the nearest. */
  readonly rounding: number;
}

/** Floats of scratch for any matrix. */
export const partialFloats = 2 * 4 * MOST_GROUPS;

/** Row `index` of `results` = the shift of `weight` → `merged` [outputs, inputs] bf16; `partials` is scratch. */
export function measure(
  rec: Recorder,
  adapter: Adapter,
  { weight, merged, index }: { readonly weight: Tensor; readonly merged: Tensor; readonly index: number },
  partials: Tensor,
  results: Tensor,
): void {
  const { a, b, rank, scale } = adapter;
  const [outputs, inputs] = [b.shape[0]!, a.shape[1]!];
  const groups = Math.min(MOST_GROUPS, Math.max(1, Math.ceil((outputs * inputs) / (WIDTH * 32))));
  const shared = {
    stem: 'weightShift',
    params: { outputs, inputs, rank, groups, index, scale },
    constants: { WIDTH },
  };
  const count = outputs * inputs;
  const work = { flops: count * (2 * rank + 12), bytes: 2 * halves(count) + words(rank * (outputs + inputs)) };
  const last = { flops: 8 * groups, bytes: words(8 * groups + SHIFT_FLOATS) };
  rec.dispatch({ ...shared, entry: 'measure', bind: { a, b, weight, merged, partials }, grid: [groups], work });
  rec.dispatch({ ...shared, entry: 'finish', bind: { partials, results }, grid: [1], work: last });
}

/** Row `index` of what was read back. */
export function shiftAt(results: Float32Array, index: number): WeightShift {
  const [weights, changes, moves, broken, largestChange, largestMoved, rounding] = results.subarray(
    index * SHIFT_FLOATS,
    (index + 1) * SHIFT_FLOATS,
  );
  return {
    norm: Math.sqrt(weights!),
    change: Math.sqrt(changes!),
    moved: Math.sqrt(moves!),
    broken: broken!,
    largestChange: largestChange!,
    largestMoved: largestMoved!,
    rounding: rounding!,
  };
}
