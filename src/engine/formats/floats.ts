/** Small tensors of a safetensors file as f32 in memory, exactly: every bf16 and f16 value is an f32 value too. */
import { type ElementType, elementType, halfToSingle, readExactly } from './elements';
import type { WeightLocation } from './huggingface';

type Floats = Float32Array<ArrayBuffer>;

const converters: Readonly<Record<ElementType, (bytes: Uint8Array<ArrayBuffer>) => Floats>> = {
  // A view of its own: the bytes may be part of a larger buffer.
  F32: (bytes) => new Float32Array(bytes.slice().buffer),
  BF16: (bytes) => widen(bytes, (half) => half << 16),
  F16: (bytes) => widen(bytes, halfToSingle),
};

/** Throws a StudioError `dtype-unsupported`, or `file-changed` when the file is shorter than it was. */
export async function readFloats({ source, info }: WeightLocation): Promise<Floats> {
  const convert = converters[elementType(source, info.dtype)];
  return convert(await readExactly(source, info.start, info.end));
}

function widen(bytes: Uint8Array<ArrayBuffer>, bits: (half: number) => number): Floats {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return new Float32Array(Uint32Array.from(halves, bits).buffer);
}
