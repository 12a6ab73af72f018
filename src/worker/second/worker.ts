/** The worker of the second engine: onnxruntime-web, its WebAssembly from our own origin, and transformers.js when asked for. */

import mjs from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import * as ort from 'onnxruntime-web/webgpu';
import { createLookout } from '../../engine/lookout';
import { openOnnx } from '../../second/onnx';
import { holdLife } from '../life';
import { letLibraryStart } from '../ownScript';
import type { SecondCommand, SecondEvent } from './protocol';
import { type Open, serveSecond } from './serve';

/** Beyond four, small models gain nothing. Threads share memory, which a page must be isolated for. */
const MOST_THREADS = 4;

const code = new URL(mjs, self.location.href).href;
// Its threads are workers of the same file.
letLibraryStart(code);

// One pair of files for both ways: transformers.js uses the library that was configured here.
Object.assign(ort.env.wasm, {
  wasmPaths: { mjs: code, wasm: new URL(wasm, self.location.href).href },
  numThreads: self.crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1,
});

const open: Open = async (request, progress) => {
  if (request.runtime === 'onnxruntime') return openOnnx(ort, request);
  const { openTransformers } = await import('../../second/transformers');
  return openTransformers(request, progress, lookout);
};

const post = (event: SecondEvent): void => self.postMessage(event);
const lookout = createLookout((risk) => post({ type: 'risk', risk }));
const handle = serveSecond(open, post);

holdLife(navigator.locks, (lock) => post({ type: 'alive', lock }));
self.addEventListener('message', (message: MessageEvent<SecondCommand>) => handle(message.data));
