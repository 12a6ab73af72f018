/** The same drawn cases every time, unless asked otherwise: FUZZ_SEED=7 for others, FUZZ_TIMES=20 for as many times more. */
export function drawn(numRuns: number): { readonly seed: number; readonly numRuns: number } {
  const { FUZZ_SEED: seed = 20250601, FUZZ_TIMES: times = 1 } = process.env;
  return { seed: Number(seed), numRuns: Math.ceil(numRuns * Number(times)) };
}
