/** A tensor is a typed view of a GPU buffer: data without methods. */

export type DType = 'f32' | 'u32' | 'bf16';

export interface Tensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly buffer: GPUBuffer;
  /** Bytes from the start of the buffer; a multiple of 256. */
  readonly offset: number;
  /** Bytes of the elements, rounded up to whole 32-bit words. */
  readonly bytes: number;
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes that a tensor of this shape takes on the GPU. bf16 is packed two per 32-bit word. */
export function tensorBytes(dtype: DType, shape: readonly number[]): number {
  const count = elements(shape);
  return dtype === 'bf16' ? Math.ceil(count / 2) * 4 : count * 4;
}

/** `bytes` rounded up to whole vectors of four, so that a kernel can look up the last elements of a tensor as a vec4. */
export function wholeVectors(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/** `count` 32-bit elements from `start`, as a flat tensor in the same buffer; `start` is a multiple of 64. */
export function slice(tensor: Tensor, start: number, count: number): Tensor {
  const offset = tensor.offset + start * 4;
  if (offset % 256 !== 0) throw new Error(`${tensor.name}: a slice must start on 256 bytes, not ${offset}`);
  return { ...tensor, shape: [count], offset, bytes: count * 4 };
}
