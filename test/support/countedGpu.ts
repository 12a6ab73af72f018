/** Dawn as an engine is given it, with a count of the buffers that are alive on its device: the engine's own sums are held against it. */
import { dawnWith } from './dawnWith';

export interface Alive {
  readonly buffers: number;
  readonly bytes: number;
}

export interface Counted {
  readonly gpu: GPU;
  /** The device that was opened last. */
  device(): GPUDevice;
  alive(): Alive;
}

export function countedGpu(): Counted {
  const sizes = new Set<{ readonly size: number }>();
  let opened: GPUDevice | undefined;

  const counted = (device: GPUDevice): GPUDevice => {
    opened = device;
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      const entry = { size: descriptor.size };
      sizes.add(entry);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        sizes.delete(entry);
        destroy();
      };
      return buffer;
    };
    return device;
  };

  return {
    gpu: dawnWith(counted),
    device: () => {
      if (!opened) throw new Error('no device was opened');
      return opened;
    },
    alive: () => ({ buffers: sizes.size, bytes: [...sizes].reduce((sum, { size }) => sum + size, 0) }),
  };
}
