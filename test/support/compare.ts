/** Expectations on how close two tensors are; the table of tolerances is the self-test's. */
import { expect } from 'vitest';
import { relativeError, tolerance } from '../../src/engine/selfTest/tolerance';

export { relativeError, tolerance };

export function expectClose(
  actual: ArrayLike<number>,
  reference: ArrayLike<number>,
  limit: number = tolerance.kernel,
): void {
  const error = relativeError(actual, reference);
  // NaN compares false with everything: ask for "below" rather than "not above".
  expect(error, `relative error ${error.toExponential(2)}`).toBeLessThan(limit);
}

/** 1 when both point the same way. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
    return sum;
  };
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Of two lists of one length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}
