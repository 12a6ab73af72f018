/**
 * Arenas own GPU memory: tensors are taken from one before a run and all given back at once.
 * A training step takes nothing from them.
 */
import type { MemoryUse } from '../studio';
import { heldOn } from './held';
import { type DType, type Tensor, tensorBytes, wholeVectors } from './tensor';

const ALIGNMENT = 256;
/** What every adapter binds at once. Dispatches on more than that are long, and nothing is gained by making them fewer. */
const BESIDE_BYTES = 128 << 20;

/** A tensor that no buffer of this device can hold, whatever memory is free. */
export class BindingTooLarge extends Error {}

/** What an arena needs of a device. One without a queue is on paper: nothing is ever written (see `paper.ts`). */
export interface MemorySource {
  readonly limits: Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize' | 'maxBufferSize'>;
  createBuffer(descriptor: GPUBufferDescriptor): GPUBuffer;
  readonly queue?: Pick<GPUQueue, 'writeBuffer'>;
}

/** Bytes that one tensor may have on this device. */
export function bindingLimit({ limits }: MemorySource): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

export class Arena {
  readonly name: string;
  private readonly device: MemorySource;
  private readonly buffers: GPUBuffer[] = [];
  private readonly parts = new Map<MemoryUse, Arena>();
  private taken = 0;

  constructor(device: MemorySource, name: string) {
    this.device = device;
    this.name = name;
  }

  /** Bytes held on the GPU by this arena. */
  get bytes(): number {
    return [...this.parts.values()].reduce((sum, part) => sum + part.bytes, this.taken);
  }

  /** The part of this arena that serves one use: counted in it, and given back with it. */
  part(use: MemoryUse): Arena {
    const part = this.parts.get(use) ?? new Arena(this.device, `${this.name}/${use}`);
    this.parts.set(use, part);
    return part;
  }

  /** Bytes by use; what is in no part counts as `own`. */
  uses(own: MemoryUse): ReadonlyMap<MemoryUse, number> {
    const uses = new Map([...this.parts].map(([use, part]) => [use, part.bytes]));
    return uses.set(own, (uses.get(own) ?? 0) + this.taken);
  }

  /** One buffer of its own, zeroed. Throws `BindingTooLarge` when it cannot be a storage binding on this device. */
  tensor(name: string, shape: readonly number[], dtype: DType = 'f32'): Tensor {
    const bytes = Math.max(4, tensorBytes(dtype, shape));
    return { name, dtype, shape, buffer: this.allocate(name, bytes), offset: 0, bytes };
  }

  /** An f32 tensor with these values; on paper they are not even computed. */
  filled(name: string, shape: readonly number[], values: () => Float32Array<ArrayBuffer>): Tensor {
    const tensor = this.tensor(name, shape);
    if (this.device.queue) this.device.queue.writeBuffer(tensor.buffer, 0, values());
    return tensor;
  }

  /** Several tensors side by side in one buffer, so that one kernel can walk over all of them; gaps stay zero. */
  pack(name: string, shapes: readonly Named[], dtype: DType = 'f32'): { whole: Tensor; parts: Tensor[] } {
    const { placed, length } = place(shapes, dtype);
    const buffer = this.allocate(name, Math.max(4, length));
    const whole: Tensor = {
      name,
      dtype,
      shape: [length / (dtype === 'bf16' ? 2 : 4)],
      buffer,
      offset: 0,
      bytes: length,
    };
    return { whole, parts: placed.map((part) => ({ ...part, dtype, buffer })) };
  }

  /** Tensors that one dispatch serves where they lie in one buffer: packed if they are small enough, else one each. */
  beside<const N extends readonly Named[]>(shapes: N, dtype: DType = 'f32'): { readonly [I in keyof N]: Tensor } {
    const name = shapes.map((part) => part.name).join('+');
    const fits = place(shapes, dtype).length <= BESIDE_BYTES;
    const tensors = fits
      ? this.pack(name, shapes, dtype).parts
      : shapes.map((part) => this.tensor(part.name, part.shape, dtype));
    // As many as there are shapes.
    return tensors as { readonly [I in keyof N]: Tensor };
  }

  destroy(): void {
    for (const part of this.parts.values()) part.destroy();
    for (const buffer of this.buffers) buffer.destroy();
    heldOn(this.device).tensors.add(-this.taken);
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
    heldOn(this.device).tensors.add(size);
    return buffer;
  }
}

export interface Named {
  readonly name: string;
  readonly shape: readonly number[];
}

function place(shapes: readonly Named[], dtype: DType) {
  let length = 0;
  const placed = shapes.map(({ name, shape }) => {
    const offset = length;
    const bytes = tensorBytes(dtype, shape);
    length += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return { name, shape, offset, bytes };
  });
  return { placed, length };
}
