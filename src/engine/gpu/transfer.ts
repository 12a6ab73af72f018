/** Host to GPU and back. */
import type { Gpu } from './gpu';
import { heldOn } from './held';
import type { Tensor } from './tensor';

export type HostArray = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Writes `data` to the start of `tensor`; ordered before the next submit. The byte length is a multiple of 4. */
export function upload(gpu: Gpu, tensor: Tensor, data: HostArray): void {
  if (data.byteLength > tensor.bytes)
    throw new Error(`${tensor.name}: ${data.byteLength} bytes do not fit ${tensor.bytes}`);
  gpu.device.queue.writeBuffer(tensor.buffer, tensor.offset, data.buffer, data.byteOffset, data.byteLength);
}

/** Writes that may wait at once: the browser keeps a copy or two of each until the GPU has taken it. */
const IN_FLIGHT = 4;

/** Uploads more than fits into memory, piece by piece: waits for the oldest piece when too many are on their way. */
export class Uploader {
  private readonly gpu: Gpu;
  private readonly waiting: Promise<undefined>[] = [];

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /** Writes `data` at `offset` bytes into the tensor. */
  async write(tensor: Tensor, offset: number, data: HostArray): Promise<void> {
    upload(this.gpu, { ...tensor, offset: tensor.offset + offset, bytes: tensor.bytes - offset }, data);
    this.waiting.push(this.gpu.device.queue.onSubmittedWorkDone());
    if (this.waiting.length >= IN_FLIGHT) await this.waiting.shift();
  }

  /** Waits until everything has arrived. */
  async finish(): Promise<void> {
    await Promise.all(this.waiting.splice(0));
  }
}

/** Reads the first `bytes` of a tensor once everything submitted so far has run. */
export async function download(gpu: Gpu, tensor: Tensor, bytes = tensor.bytes): Promise<ArrayBuffer> {
  const staging = gpu.device.createBuffer({
    label: `read ${tensor.name}`,
    size: bytes,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const { others } = heldOn(gpu.device);
  others.add(bytes);
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(tensor.buffer, tensor.offset, staging, 0, bytes);
  gpu.device.queue.submit([encoder.finish()]);
  try {
    await staging.mapAsync(GPUMapMode.READ);
    return staging.getMappedRange().slice(0);
  } finally {
    staging.destroy();
    others.add(-bytes);
  }
}

/** Bytes read back at once from what does not fit into memory; a multiple of 4. */
const PIECE = 16 << 20;

/** The first `bytes` of a tensor, piece by piece. */
export async function* downloadPieces(
  gpu: Gpu,
  tensor: Tensor,
  bytes = tensor.bytes,
  piece = PIECE,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes; at += piece) {
    const count = Math.min(piece, bytes - at);
    // Copies are in whole words; an odd number of bf16 values ends in the middle of one.
    const part = { ...tensor, offset: tensor.offset + at };
    yield new Uint8Array(await download(gpu, part, Math.ceil(count / 4) * 4), 0, count);
  }
}

/** The floats of an f32 tensor. */
export async function downloadFloats(gpu: Gpu, tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array(await download(gpu, tensor));
}
