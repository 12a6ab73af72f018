/** Reads a GGUF file whole, knowing nothing of how the studio writes it: metadata by key, tensors by name with their bytes. */

export interface ReadTensor {
  /** As in the file: the length of a row first. */
  readonly dimensions: readonly number[];
  readonly type: number;
  /** Where the data start, counted from the first tensor's. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface ReadGguf {
  readonly metadata: ReadonlyMap<string, unknown>;
  readonly tensors: ReadonlyMap<string, ReadTensor>;
  /** Bytes behind the last tensor and what fills it up. */
  readonly leftOver: number;
}

/** [weights, bytes] of a block, by ggml's number of the type. */
const blocks: Readonly<Record<number, readonly [number, number]>> = { 0: [1, 4], 1: [1, 2], 8: [32, 34], 30: [1, 2] };

export function readGguf(file: Uint8Array): ReadGguf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  const take = (size: number): number => {
    at += size;
    return at - size;
  };
  const u32 = () => view.getUint32(take(4), true);
  const u64 = () => Number(view.getBigUint64(take(8), true));
  const text = (): string => {
    const size = u64();
    return new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(take(size), at));
  };
  const value = (type: number): unknown => {
    if (type === 4) return u32();
    if (type === 5) return view.getInt32(take(4), true);
    if (type === 6) return view.getFloat32(take(4), true);
    if (type === 7) return view.getUint8(take(1)) === 1;
    if (type === 8) return text();
    if (type !== 9) throw new Error(`the type ${type} of a value is not known here`);
    const [of, count] = [u32(), u64()];
    return Array.from({ length: count }, () => value(of));
  };
  if (text4(file) !== 'GGUF') throw new Error('not a GGUF file');
  take(4);
  const [version, tensorCount, keyCount] = [u32(), u64(), u64()];
  if (version !== 3) throw new Error(`version ${version}`);
  const metadata = new Map(Array.from({ length: keyCount }, () => [text(), value(u32())] as const));
  const infos = Array.from({ length: tensorCount }, () => {
    const [name, count] = [text(), u32()];
    return { name, dimensions: Array.from({ length: count }, u64), type: u32(), offset: u64() };
  });
  const data = Math.ceil(at / 32) * 32;
  let end = data;
  const tensors = new Map(
    infos.map(({ name, ...info }) => {
      const [weights, bytes] = blocks[info.type]!;
      const size = (info.dimensions.reduce((a, b) => a * b, 1) / weights) * bytes;
      if (info.offset % 32 !== 0 || data + info.offset !== end) throw new Error(`${name} is not where it belongs`);
      end = data + info.offset + Math.ceil(size / 32) * 32;
      return [name, { ...info, bytes: file.slice(data + info.offset, data + info.offset + size) }];
    }),
  );
  return { metadata, tensors, leftOver: file.length - end };
}

function text4(file: Uint8Array): string {
  return String.fromCharCode(...file.subarray(0, 4));
}
