/** Opens the GPU, and watches over it from then on. */
import { shaderSources } from '../../shaders/index';
import { readWishes, writeWishes } from './choices';
import { wallClock } from './gpu/clock';
import { type AdapterFacts, NoGpuError, requestDevice } from './gpu/device';
import { gpuFailure } from './gpu/failure';
import { Gpu } from './gpu/gpu';
import type { Storage } from './hub/directory';
import { Kernels } from './kernels';
import { StudioError } from './studioError';

interface Told {
  /** The GPU is gone. */
  readonly lost: (reason: string) => void;
  /** It refused a command. */
  readonly failed: (error: StudioError) => void;
}

export interface Opened {
  readonly gpu: Gpu;
  readonly kernels: Kernels;
  readonly facts: AdapterFacts;
}

/** Rejects with a StudioError: `no-webgpu`, `old-webgpu`, `no-adapter`. */
export async function openGpu(offered: GPU | undefined, storage: Storage, told: Told): Promise<Opened> {
  try {
    const { device, facts } = await requestDevice(offered, await readWishes(storage));
    const gpu = new Gpu(device, shaderSources, facts.software);
    device.lost.then(({ message, reason }) => {
      if (reason === 'destroyed') return;
      // It becomes part of a sentence.
      told.lost(message.replace(/\.$/, ''));
      // If that was the fault of what is experimental, it must not happen again on every visit.
      if (facts.matrices === 'on') writeWishes(storage, { matrices: false });
    });
    // A refused buffer computes nonsense without a word: the run must end, not go on with it.
    device.addEventListener('uncapturederror', ({ error }) => told.failed(gpuFailure(error)));
    return { gpu, facts, kernels: new Kernels(gpu, facts, storage, wallClock) };
  } catch (error) {
    if (error instanceof NoGpuError) throw new StudioError(error.reason, error.message);
    throw error;
  }
}
