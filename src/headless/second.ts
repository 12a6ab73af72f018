/** The second engine in Node: onnxruntime-web's WebAssembly in this process, from the package itself. */
import { availableParallelism } from 'node:os';
import { StudioError } from '../engine/studioError';
import type { OpenSecond } from '../engine/vouch/second';
import { openOnnx } from '../second/onnx';

const MOST_THREADS = 4;

/** Rejects as `openOnnx`, and with `second-unavailable` where it is not installed or cannot do what is asked. */
export const openSecond: OpenSecond = async (request) => {
  if (request.runtime !== 'onnxruntime' || request.backend !== 'wasm') {
    const message = 'Without a window, the second engine is onnxruntime-web on WebAssembly; the page has the others.';
    throw new StudioError('second-unavailable', message);
  }
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = Math.min(MOST_THREADS, availableParallelism());
  return openOnnx(ort, request);
};
