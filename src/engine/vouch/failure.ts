/** What the second engine says when it fails, in words for the person who asked it. */
import { StudioError } from '../studioError';

/** What an allocator says: of WebAssembly's memory, of ours, of a buffer of the graphics card. */
const memory = /out of memory|bad_alloc|allocation failed|failed to allocate|memory access out of bounds|SafeInt|OOM/i;

/** What onnxruntime-web and transformers.js say of an adapter without `shader-f16`. */
const half = /requires f16|does not support fp16/i;

/** A StudioError stays as it is; else `second-memory`, `second-half` or `second-failed`, with what the engine said. */
export function secondFailure(error: unknown): StudioError {
  if (error instanceof StudioError) return error;
  const reason = (error instanceof Error ? error.message : String(error)).trim().slice(0, 500);
  if (memory.test(reason) || (error instanceof RangeError && /array/i.test(reason))) {
    const message =
      `The second engine has not enough memory for this model (${reason}). WebAssembly has 4 GB in all: ` +
      'choose the smaller form (fp16 or q4), or close other tabs.';
    return new StudioError('second-memory', message, { reason });
  }
  if (half.test(reason)) {
    const message =
      'The graphics adapter has no 16-bit arithmetic (shader-f16), which this form needs on WebGPU. ' +
      'Choose the form fp32, or WebAssembly.';
    return new StudioError('second-half', message, { reason });
  }
  const message =
    `The second engine (onnxruntime-web) stopped: ${reason}. Try the other backend; if it says the same, ` +
    'the ONNX is damaged or of another kind: export it again.';
  return new StudioError('second-failed', message, { reason });
}
