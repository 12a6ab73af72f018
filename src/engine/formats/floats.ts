/** Small tensors of a safetensors file as f32 in memory, exactly: every bf16 and f16 value is an f32 value too. */
import { StudioError } from '../studioError';
import type { WeightLocation } from './huggingface';

type Floats = Float32Array<ArrayBuffer>;

const converters: Readonly<Record<string, (bytes: Uint8Array<ArrayBuffer>) => Floats>> = {
  F32: (bytes) => new Float32Array(bytes.buffer),
  BF16: (bytes) => widen(bytes, (half) => half << 16),
  F16: (bytes) => widen(bytes, halfToSingle),
};

/** Throws a StudioError `dtype-unsupported`, or `file-changed` when the file is shorter than it was. */
export async function readFloats({ source, info }: WeightLocation): Promise<Floats> {
  const convert = converters[info.dtype];
  if (!convert) {
    const message = `A tensor of ${source.name} has the type ${info.dtype}; the studio reads ${Object.keys(converters).join(', ')}.`;
    throw new StudioError('dtype-unsupported', message, { file: source.name, dtype: info.dtype });
  }
  const bytes = await source.read(info.start, info.end);
  if (bytes.length === info.end - info.start) return convert(bytes.slice());
  const message = `${source.name} is shorter than when it was opened; load it again.`;
  throw new StudioError('file-changed', message, { file: source.name });
}

function widen(bytes: Uint8Array<ArrayBuffer>, bits: (half: number) => number): Floats {
  return new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), bits).buffer);
}

/** The bits of an f16 to the bits of the same f32. */
function halfToSingle(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal: shifted until its first bit is the implied one.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
