/** Writes the safetensors container. */
import { byteLength } from './safetensorsEntry';

export interface TensorData {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Little-endian elements, row by row. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * A safetensors file with the tensors in the given order. The blob refers to `data`; the header is padded so that the
 * data starts at a multiple of 8. Throws a RangeError when bytes and shape disagree or a name is used twice.
 */
export function writeSafetensors(
  tensors: readonly TensorData[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Blob {
  return new Blob([safetensorsHeader(tensors, metadata), ...tensors.map(({ data }) => data)]);
}

/** The bytes before the data, for writers that stream the tensors after it one by one. */
export function safetensorsHeader(
  tensors: readonly (Omit<TensorData, 'data'> & { readonly data: { readonly byteLength: number } })[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let at = 0;
  const entries = new Map<string, unknown>([['__metadata__', metadata]]);
  for (const { name, dtype, shape, data } of tensors) {
    if (entries.has(name)) throw new RangeError(`two tensors are called ${name}`);
    if (byteLength(dtype, shape) !== data.byteLength) {
      throw new RangeError(`${name}: ${data.byteLength} bytes are not ${dtype} [${shape.join(', ')}]`);
    }
    entries.set(name, { dtype, shape, data_offsets: [at, at + data.byteLength] });
    at += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}
