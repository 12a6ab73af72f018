/** The element types of safetensors files that the studio reads: bytes that are all there, and every value as an f32. */
import { StudioError } from '../studioError';
import type { ByteSource } from './safetensors';

export type ElementType = 'BF16' | 'F16' | 'F32';

const sizes: ReadonlyMap<string, number> = new Map([
  ['BF16', 2],
  ['F16', 2],
  ['F32', 4],
] satisfies [ElementType, number][]);

export const supportedDtypes: ReadonlySet<string> = new Set(sizes.keys());

function isSupported(dtype: string): dtype is ElementType {
  return sizes.has(dtype);
}

/** The element type by its name. Throws a StudioError `dtype-unsupported`. */
export function elementType(source: ByteSource, dtype: string): ElementType {
  if (isSupported(dtype)) return dtype;
  const message = `A tensor of ${source.name} has the type ${dtype}; the studio reads ${[...sizes.keys()].join(', ')}.`;
  throw new StudioError('dtype-unsupported', message, { file: source.name, dtype });
}

/** Bytes of one element in the file. Throws a StudioError `dtype-unsupported`. */
export function elementBytes(source: ByteSource, dtype: string): number {
  return sizes.get(elementType(source, dtype))!;
}

/**
 * All of these bytes, aligned for any view, in `into` where the source can. Throws a StudioError `file-changed` when the file
 * is shorter than it was.
 */
export async function readExactly(
  source: ByteSource,
  start: number,
  end: number,
  into?: ArrayBuffer,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.read(start, end, into);
  if (bytes.length !== end - start) {
    const message = `${source.name} is shorter than when it was opened; load it again.`;
    throw new StudioError('file-changed', message, { file: source.name });
  }
  return bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
}

/** The bits of an f16 to the bits of the same f32. */
export function halfToSingle(half: number): number {
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
