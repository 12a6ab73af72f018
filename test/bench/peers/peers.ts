/** The other libraries on the same adapter: jax-js, which says it does not support WebGPU in Node, and TensorFlow.js do with Dawn. */
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

export type Jax = Awaited<ReturnType<typeof jax>>;
export type TensorFlow = Awaited<ReturnType<typeof tensorflow>>;
