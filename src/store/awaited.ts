/** What the engine is busy with, so that no stage can start. */
import type { Failure, SessionState } from './types';

const measuring = { code: 'measuring', message: 'The matmul kernels are still being measured.', detail: {} } as const;
const selfTesting = { code: 'self-testing', message: 'The self-test of the kernels is running.', detail: {} } as const;

/** The sentence for whoever wants to start one; undefined when nothing is in the way. */
export function awaited({ selfTest, kernels }: Pick<SessionState, 'selfTest' | 'kernels'>) {
  if (selfTest.running) return selfTesting satisfies Failure;
  return kernels.busy ? (measuring satisfies Failure) : undefined;
}
