/** Smoothing of a noisy curve: an exponential moving average with the bias of its start taken out (as in Adam). */

/**
 * A function that takes the values of a curve one by one and returns each smoothed; gaps stay gaps, a constant stays
 * that constant. `weight` 0 = no smoothing, below 1.
 */
export function smoother(weight: number): (value: number) => number {
  let average = 0;
  let mass = 0;
  return (value) => {
    if (Number.isNaN(value)) return value;
    average = weight * average + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return average / mass;
  };
}
