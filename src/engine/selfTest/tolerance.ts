/** How close is close: one table, with reasons, for tests and for the self-test. */

export const tolerance = {
  /** f32 kernel against its float64 twin, relative on the tensor's norm. */
  kernel: 1e-5,
  /** What is moved, chosen, or computed on numbers of so few bits that every sum is exact in f32. */
  exact: 0,
  /** Central differences in float64 with step 1e-5 have an error of about 1e-9; 1e-6 leaves room for curvature. */
  finiteDifference: 1e-6,
  /** Logits of a whole model against PyTorch in f32, absolute: both round every sum in their own order. */
  logits: 2e-5,
  /** One flipped bf16 rounding of a merged weight (2⁻⁸ relative) moves a logit by about this much. */
  mergedLogits: 1e-3,
  /** Every LoRA gradient of a whole model against PyTorch, relative on the tensor's norm. */
  modelGradient: 2e-5,
  /** Losses of ten optimizer steps against PyTorch, relative. */
  tenSteps: 1e-5,
} as const;

/** ‖a − b‖ / ‖b‖, with an absolute floor for references that are zero. Throws when there are more or fewer of them. */
export function relativeError(actual: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (actual.length !== reference.length)
    throw new Error(`${actual.length} values cannot be compared with ${reference.length}`);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < reference.length; i++) {
    difference += (actual[i]! - reference[i]!) ** 2;
    norm += reference[i]! ** 2;
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(norm), 1e-12);
}
