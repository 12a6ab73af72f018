/** One tensor's entry in a safetensors header, and how the entries must lie in the file. */
import { StudioError, shorten, shown } from '../studioError';

export interface RawTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes after the header: [start, end). */
  readonly start: number;
  readonly end: number;
}

/** Bits per element of every type that the format knows. */
const bits: Readonly<Record<string, number>> = {
  ...{ BOOL: 8, U8: 8, I8: 8, U16: 16, I16: 16, U32: 32, I32: 32, U64: 64, I64: 64 },
  ...{ F16: 16, BF16: 16, F32: 32, F64: 64, C64: 64 },
  ...{ F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8, F6_E2M3: 6, F6_E3M2: 6, F4: 4 },
};

export function invalid(file: string, reason: string): StudioError {
  return new StudioError('safetensors-invalid', `${file} cannot be read as safetensors: ${reason}.`, { file, reason });
}

/** Bytes of a tensor; `undefined` for an unknown type, a product above 2^53, or part of a byte. */
export function byteLength(dtype: string, shape: readonly number[]): number | undefined {
  const each = Object.hasOwn(bits, dtype) ? bits[dtype] : undefined;
  if (each === undefined) return undefined;
  let total = 1;
  for (const factor of [...shape, each]) {
    total *= factor;
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total % 8 === 0 ? total / 8 : undefined;
}

/** Reads one entry; its size must be what type and shape say. */
export function readEntry(file: string, name: string, value: unknown): RawTensor {
  const refuse = (reason: string) => invalid(file, `tensor "${shorten(name)}" ${reason}`);
  if (!isObject(value)) throw refuse('has no description');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(bits, dtype)) throw refuse(`has the unknown type ${shown(dtype)}`);
  if (!isSizes(shape)) throw refuse(`has the impossible shape ${shown(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw refuse(`has the impossible data_offsets ${shown(offsets)}`);
  const [start = 0, end = 0] = offsets;
  const expected = byteLength(dtype, shape);
  const wanted = `${dtype} [${shorten(shape.join(', '))}]`;
  if (expected === undefined) throw refuse(`has an impossible size: ${wanted}`);
  if (expected !== end - start) throw refuse(`has ${end - start} bytes, but ${wanted} needs ${expected}`);
  return { name, dtype, shape, start, end };
}

/** The tensors must cover the data exactly: no overlap, no hole, nothing behind the end, nothing left over. */
export function checkLayout(file: string, entries: readonly RawTensor[], dataBytes: number): void {
  let at = 0;
  for (const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) throw invalid(file, `tensor "${shorten(name)}" overlaps the one before it`);
    if (start > at) throw invalid(file, `there is a hole of ${start - at} bytes before tensor "${shorten(name)}"`);
    at = end;
  }
  if (at > dataBytes) throw invalid(file, `it was cut short: ${at - dataBytes} of ${at} bytes of weights are missing`);
  if (at < dataBytes) throw invalid(file, `${dataBytes - at} bytes at its end belong to no tensor`);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
