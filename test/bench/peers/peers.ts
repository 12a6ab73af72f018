/**
 * The other libraries on the same adapter. Neither jax-js nor onnxruntime-web says that it supports WebGPU in Node; with Dawn,
 * and what is made up for below, they do.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { globals } from 'webgpu';
import { dawn } from '../../support/gpu';

/** What both look for before anything is loaded of them. */
function offerWebGpu(): void {
  Object.assign(globalThis, globals);
  const navigator = { gpu: dawn(), userAgent: 'node', platform: 'node', maxTouchPoints: 0 };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}

/** jax-js counts on iterator helpers, which Node 20 lacks. */
function addIteratorHelpers(): void {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf([].values()));
  const lazy = ['map', 'filter', 'flatMap'] as const;
  const eager = ['some', 'every', 'find', 'forEach', 'reduce'] as const;
  const all = (iterator: Iterable<unknown>): unknown[] => [...iterator];
  const helper = (name: (typeof lazy | typeof eager)[number], finish: (result: unknown) => unknown) =>
    function (this: Iterable<unknown>, ...how: unknown[]) {
      return finish(Reflect.apply(Array.prototype[name], all(this), how));
    };
  for (const name of lazy) prototype[name] ??= helper(name, (result) => (result as unknown[]).values());
  for (const name of eager) prototype[name] ??= helper(name, (result) => result);
  prototype.toArray ??= function (this: Iterable<unknown>) {
    return all(this);
  };
}

export async function jax() {
  offerWebGpu();
  addIteratorHelpers();
  const library = await import('@jax-js/jax');
  const ready = await library.init('webgpu');
  if (!ready.includes('webgpu')) throw new Error('jax-js found no WebGPU');
  library.defaultDevice('webgpu');
  return library;
}

export async function tensorflow() {
  offerWebGpu();
  const library = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-core/dist/register_all_gradients');
  await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await library.setBackend('webgpu'))) throw new Error('TensorFlow.js found no WebGPU');
  await library.ready();
  return library;
}

/** Its WebAssembly memory is shared, which Dawn in Node does not take data from: it is given a copy. */
function writeFromSharedMemory(): void {
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (buffer, offset, data, start = 0, size) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    const unit = 'BYTES_PER_ELEMENT' in view ? Number(view.BYTES_PER_ELEMENT) : 1;
    const all = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const part = all.subarray(start * unit, size === undefined ? undefined : (start + size) * unit);
    return writeBuffer.call(this, buffer, offset, Uint8Array.from(part));
  };
}

/** Undefined where it is not installed: a bundle goes without its 25 MB. */
export async function onnxRuntime() {
  offerWebGpu();
  const file = join(import.meta.dirname, '../../../node_modules/onnxruntime-web/dist/ort.webgpu.min.mjs');
  if (!existsSync(file)) return undefined;
  writeFromSharedMemory();
  const library: typeof import('onnxruntime-web') = await import(/* @vite-ignore */ file);
  library.env.wasm.numThreads = 1;
  library.env.logLevel = 'error';
  return library;
}

export type OnnxRuntime = Awaited<ReturnType<typeof onnxRuntime>>;
export type Jax = Awaited<ReturnType<typeof jax>>;
export type TensorFlow = Awaited<ReturnType<typeof tensorflow>>;
