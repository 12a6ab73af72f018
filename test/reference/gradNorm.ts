/** float64 twin of shaders/gradNorm.wgsl. */

/** (norm of the finite gradients, clip factor, number of values that are not finite, 1 from the first such step on) */
export function forward(
  gradients: ArrayLike<number>,
  totals: ArrayLike<number>,
  maxNorm: number,
  refused = false,
): number[] {
  const values = Array.from(gradients);
  const norm = Math.sqrt(values.filter(Number.isFinite).reduce((sum, value) => sum + value * value, 0));
  const broken = [...values, ...Array.from(totals)].filter((value) => !Number.isFinite(value)).length;
  return [norm, maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1, broken, refused || broken > 0 ? 1 : 0];
}
