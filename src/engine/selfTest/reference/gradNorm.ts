/** float64 twin of shaders/gradNorm.wgsl. */

/**
 * (norm of the finite gradients, clip factor, number of values that are not finite, 1 from the first step on that had any or
 * whose valid tokens, the last total, were not its labels)
 */
export function forward(
  gradients: ArrayLike<number>,
  totals: ArrayLike<number>,
  labels: number,
  maxNorm: number,
  refused = false,
): number[] {
  const values = Array.from(gradients);
  const norm = Math.sqrt(values.filter(Number.isFinite).reduce((sum, value) => sum + value * value, 0));
  const broken = [...values, ...Array.from(totals)].filter((value) => !Number.isFinite(value)).length;
  const last = refused || broken > 0 || totals[3] !== labels ? 1 : 0;
  return [norm, maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1, broken, last];
}
