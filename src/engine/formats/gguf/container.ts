/** The GGUF container, version 3, little-endian: what stands before the data (github.com/ggml-org/ggml, docs/gguf.md). */
import { ByteList } from './byteList';

export type GgufValue =
  | { readonly kind: 'u32' | 'f32'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'texts'; readonly value: readonly string[] }
  | { readonly kind: 'i32s'; readonly value: readonly number[] };

/** Keys in the order of the file. */
export type GgufMetadata = readonly (readonly [key: string, value: GgufValue])[];

/** `id` as ggml counts its types; `bytes` for every `block` of weights. */
export const ggmlTypes = {
  F32: { id: 0, block: 1, bytes: 4 },
  F16: { id: 1, block: 1, bytes: 2 },
  Q8_0: { id: 8, block: 32, bytes: 34 },
  BF16: { id: 30, block: 1, bytes: 2 },
} as const;
export type GgmlType = keyof typeof ggmlTypes;

export interface GgufTensorInfo {
  readonly name: string;
  /** Row by row, as Hugging Face states it; the file has it the other way round. */
  readonly shape: readonly number[];
  readonly type: GgmlType;
}

const MAGIC = 0x46554747;
const VERSION = 3;
const ALIGNMENT = 32;
const ids = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, list: 9 } as const;

/** Bytes of a tensor's data, without what fills it up. */
export function tensorBytes({ shape, type }: GgufTensorInfo): number {
  const { block, bytes } = ggmlTypes[type];
  return (shape.reduce((product, size) => product * size, 1) / block) * bytes;
}

/** Zeros behind so many bytes, up to where the next tensor may start. */
export function padding(bytes: number): number {
  return (ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT;
}

/** Everything before the data, filled up to where it starts; the tensors lie in this order, each filled up by `padding`. */
export function ggufHeader(metadata: GgufMetadata, tensors: readonly GgufTensorInfo[]): Uint8Array<ArrayBuffer> {
  const bytes = new ByteList();
  bytes.u32(MAGIC);
  bytes.u32(VERSION);
  bytes.u64(tensors.length);
  bytes.u64(metadata.length);
  for (const [key, value] of metadata) {
    bytes.text(key);
    writeValue(bytes, value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    bytes.text(tensor.name);
    bytes.u32(tensor.shape.length);
    for (const size of tensor.shape.toReversed()) bytes.u64(size);
    bytes.u32(ggmlTypes[tensor.type].id);
    bytes.u64(offset);
    offset += tensorBytes(tensor) + padding(tensorBytes(tensor));
  }
  bytes.zeros(padding(bytes.length));
  return bytes.whole();
}

function writeValue(bytes: ByteList, { kind, value }: GgufValue): void {
  if (kind === 'texts') {
    startList(bytes, ids.text, value.length);
    for (const text of value) bytes.text(text);
  } else if (kind === 'i32s') {
    startList(bytes, ids.i32, value.length);
    for (const number of value) bytes.u32(number);
  } else {
    bytes.u32(ids[kind]);
    if (kind === 'text') bytes.text(value);
    else if (kind === 'bool') bytes.u8(value ? 1 : 0);
    else bytes[kind](value);
  }
}

function startList(bytes: ByteList, of: number, count: number): void {
  bytes.u32(ids.list);
  bytes.u32(of);
  bytes.u64(count);
}
