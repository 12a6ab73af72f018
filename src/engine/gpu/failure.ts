/** What a driver refuses while a stage runs, in words. */
import { StudioError } from '../studioError';

export function gpuFailure(error: GPUError): StudioError {
  const reason = error.message.split('\n')[0] ?? '';
  if (error instanceof GPUOutOfMemoryError) {
    const message = `The graphics card ran out of memory (${reason}). What was learnt before is kept.`;
    return new StudioError('gpu-memory', message, { reason });
  }
  const message = `The graphics card refused a command (${reason}). The run was ended; what was learnt before is kept.`;
  return new StudioError('gpu-failed', message, { reason });
}
