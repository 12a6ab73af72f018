/** What a driver says when it has no memory: nothing, unless it is asked. */

import { BindingTooLarge } from './arena';

/**
 * Runs `work`, which allocates. A refused buffer computes nonsense without a word, so the refusal is asked for and thrown
 * as what `refused` makes of the reason; whatever else `work` throws comes after that.
 */
export async function withMemoryCheck<T>(
  device: GPUDevice,
  refused: (reason: string) => Error,
  work: () => T | Promise<T>,
): Promise<T> {
  device.pushErrorScope('out-of-memory');
  const [result] = await Promise.allSettled([(async () => work())()]);
  const failed = await device.popErrorScope();
  if (failed) throw refused(failed.message);
  if (result.status === 'fulfilled') return result.value;
  throw result.reason instanceof BindingTooLarge ? refused(result.reason.message) : result.reason;
}
