/**
 * Dawn in Node. While it computes or compiles it asks Node for turn after turn to look whether it is done, which takes a whole
 * core. A graphics card does not mind; a CPU adapter lacks that core, and there Dawn looks once a millisecond.
 */
import { create } from 'webgpu';
import { isSoftware } from '../engine/gpu/device';

const shared = globalThis as { dawnRests?: boolean };

/** Must outlive every device made from it: collecting it crashes the process. */
export function createDawn(options: readonly string[] = []): GPU {
  const gpu: GPU = create([...options]);
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (wanted) => {
    const adapter = await requestAdapter(wanted);
    if (adapter && isSoftware(adapter.info)) restBetweenTurns();
    return adapter;
  };
  return gpu;
}

/** Dawn asks with a function of its own, which is none of JavaScript; all others have their turn as ever. */
export function restBetweenTurns(): void {
  if (shared.dawnRests) return;
  shared.dawnRests = true;
  globalThis.setImmediate = new Proxy(setImmediate, {
    apply: (immediate, self, args: Parameters<typeof setImmediate>) =>
      isNative(args[0]) ? setTimeout(args[0], 1, ...args.slice(1)) : Reflect.apply(immediate, self, args),
  });
}

const isNative = (turn: unknown) => Function.prototype.toString.call(turn).includes('[native code]');
