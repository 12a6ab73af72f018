/** A bench for kernels: tensors from arrays, a recorder, and results back as numbers. */
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { GpuRecorder } from '../gpu/recorder';
import type { DType, Tensor } from '../gpu/tensor';
import { download, downloadFloats, type HostArray, upload } from '../gpu/transfer';
import { packBf16 } from './bf16';

export class Bench {
  readonly gpu: Gpu;
  readonly arena: Arena;
  readonly rec: GpuRecorder;

  constructor(gpu: Gpu) {
    this.gpu = gpu;
    this.arena = new Arena(gpu.device, 'bench');
    this.rec = new GpuRecorder(gpu);
  }

  f32(name: string, shape: readonly number[], data?: ArrayLike<number>): Tensor {
    return this.make(name, shape, 'f32', data && new Float32Array(data));
  }

  u32(name: string, data: ArrayLike<number>): Tensor {
    return this.make(name, [data.length], 'u32', new Uint32Array(data));
  }

  /** Rounds the values to bf16 and packs two per word, as in a safetensors file. */
  bf16(name: string, shape: readonly number[], data: ArrayLike<number>): Tensor {
    return this.make(name, shape, 'bf16', packBf16(data));
  }

  /** Several tensors, beside each other in one buffer or each in one of its own; without values they are zero. */
  place(
    parts: readonly { name: string; shape: readonly number[]; values?: ArrayLike<number> | undefined }[],
    { dtype, beside }: { dtype: 'f32' | 'bf16'; beside: boolean },
  ): readonly Tensor[] {
    const tensors = beside
      ? this.arena.beside(parts, dtype)
      : parts.map(({ name, shape }) => this.arena.tensor(name, shape, dtype));
    for (const [index, { values }] of parts.entries()) {
      if (values?.length)
        upload(this.gpu, tensors[index]!, dtype === 'bf16' ? packBf16(values) : new Float32Array(values));
    }
    return tensors;
  }

  /** Submits what was recorded and reads one tensor back. */
  async read(tensor: Tensor): Promise<Float32Array> {
    await this.rec.submit();
    return downloadFloats(this.gpu, tensor);
  }

  /** The same for whole numbers. */
  async words(tensor: Tensor): Promise<Uint32Array> {
    await this.rec.submit();
    return new Uint32Array(await download(this.gpu, tensor));
  }

  /** Frees everything that was taken. */
  destroy(): void {
    this.rec.destroy();
    this.arena.destroy();
  }

  private make(name: string, shape: readonly number[], dtype: DType, data: HostArray | undefined): Tensor {
    const tensor = this.arena.tensor(name, shape, dtype);
    if (data) upload(this.gpu, tensor, data);
    return tensor;
  }
}
