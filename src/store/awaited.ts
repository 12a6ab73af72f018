/** What the engine is busy with, so that no stage can start. */
import type { Failure, SessionState } from './types';

type Facts = Pick<SessionState, 'selfTest' | 'kernels' | 'models' | 'data'>;

const measuring = { code: 'measuring', message: 'The matmul kernels are still being measured.', detail: {} } as const;
const selfTesting = { code: 'self-testing', message: 'The self-test of the kernels is running.', detail: {} } as const;

const loading = { code: 'still-loading', message: 'A model or a file is still being loaded.', detail: {} } as const;

/** The sentence for whoever wants to start one; undefined when nothing is in the way. */
export function awaited({ selfTest, kernels, models, data }: Facts) {
  if (selfTest.running) return selfTesting satisfies Failure;
  if (kernels.busy) return measuring satisfies Failure;
  const slots = [...Object.values(models), ...Object.values(data)];
  return slots.some((slot) => slot.loading) ? (loading satisfies Failure) : undefined;
}
