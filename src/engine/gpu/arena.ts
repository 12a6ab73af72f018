/**
 * Arenas own GPU memory: tensors are taken from one before a run and all given back at once.
 * A training step takes nothing from them.
 */
import { type DType, type Tensor, tensorBytes, wholeVectors } from './tensor';

const ALIGNMENT = 256;

/** A tensor that no buffer of this device can hold, whatever memory is free. */
export class BindingTooLarge extends Error {}

/** Bytes that one tensor may have on this device. */
export function bindingLimit({ limits }: GPUDevice): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

export class Arena {
  readonly name: string;
  private readonly device: GPUDevice;
  private readonly buffers: GPUBuffer[] = [];
  private taken = 0;

  constructor(device: GPUDevice, name: string) {
    this.device = device;
    this.name = name;
  }

  /** Bytes held on the GPU by this arena. */
  get bytes(): number {
    return this.taken;
  }

  /** One buffer of its own, zeroed. Throws `BindingTooLarge` when it cannot be a storage binding on this device. */
  tensor(name: string, shape: readonly number[], dtype: DType = 'f32'): Tensor {
    const bytes = Math.max(4, tensorBytes(dtype, shape));
    return { name, dtype, shape, buffer: this.allocate(name, bytes), offset: 0, bytes };
  }

  /** Several tensors side by side in one buffer, so that one kernel can walk over all of them; gaps stay zero. */
  pack(name: string, parts: readonly { name: string; shape: readonly number[] }[]): { whole: Tensor; parts: Tensor[] } {
    let length = 0;
    const placed = parts.map((part) => {
      const offset = length;
      const bytes = tensorBytes('f32', part.shape);
      length += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
      return { ...part, offset, bytes };
    });
    const buffer = this.allocate(name, Math.max(4, length));
    const whole: Tensor = { name, dtype: 'f32', shape: [length / 4], buffer, offset: 0, bytes: length };
    return { whole, parts: placed.map((part) => ({ ...part, dtype: 'f32', buffer })) };
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers.length = 0;
    this.taken = 0;
  }

  private allocate(name: string, bytes: number): GPUBuffer {
    const limit = bindingLimit(this.device);
    if (bytes > limit) {
      throw new BindingTooLarge(
        `${this.name}: ${name} needs ${bytes} bytes, this adapter binds at most ${limit} at once`,
      );
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const size = wholeVectors(bytes);
    const buffer = this.device.createBuffer({ label: `${this.name}/${name}`, size, usage });
    this.buffers.push(buffer);
    this.taken += size;
    return buffer;
  }
}
