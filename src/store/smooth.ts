/** Smoothing of a noisy curve: an exponential moving average with the bias of its start taken out (as in Adam). */

/** Same length as `values`; gaps stay gaps, a constant stays that constant. `weight` 0 = no smoothing, below 1. */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let average = 0;
  let mass = 0;
  return values.map((value) => {
    if (value === null) return null;
    average = weight * average + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return average / mass;
  });
}
