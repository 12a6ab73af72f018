/** The safetensors container: a checked header and byte ranges. Checks what the reference implementation checks. */
import { shorten } from '../studioError';
import { readExactly } from './elements';
import { checkLayout, invalid, isObject, type RawTensor, readEntry } from './safetensorsEntry';
import { strictProblem } from './strictJson';

export { writeSafetensors } from './safetensorsWriter';

/** Bytes that can be read by range: a file, a blob, a buffer. */
export interface ByteSource {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The bytes [start, end), in memory of their own: that of `into` where the source can, which is taken over in any case. */
  read(start: number, end: number, into?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>>;
}

export interface TensorInfo {
  /** As in the file: 'BF16', 'F32', … */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Absolute bytes in the file: [start, end). */
  readonly start: number;
  readonly end: number;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** As the reference implementation: a larger header is an attack or another format. */
const MAX_HEADER = 100_000_000;

/**
 * Reads and checks the header only. Throws a StudioError: `safetensors-invalid`, which says what is wrong, or `file-changed`
 * when the file is shorter than it was.
 */
export async function openSafetensors(source: ByteSource): Promise<Safetensors> {
  const length = await headerLength(source);
  const { metadata, entries } = parseHeader(source.name, await readExactly(source, 8, 8 + length));
  checkLayout(source.name, entries, source.size - 8 - length);
  const absolute = (entry: RawTensor): TensorInfo => ({
    dtype: entry.dtype,
    shape: entry.shape,
    start: 8 + length + entry.start,
    end: 8 + length + entry.end,
  });
  return { metadata, tensors: new Map(entries.map((entry) => [entry.name, absolute(entry)])) };
}

async function headerLength(source: ByteSource): Promise<number> {
  const { name, size } = source;
  if (size < 8) throw invalid(name, `it has only ${size} bytes, so it was cut short`);
  const first = await readExactly(source, 0, 8);
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) {
    if (await isLfsPointer(source, first))
      throw invalid(
        name,
        'it is a Git LFS pointer, not the file itself; run "git lfs pull" or download the file again',
      );
    throw invalid(name, `its header claims ${length} bytes, more than the ${MAX_HEADER} allowed`);
  }
  if (8 + Number(length) > size)
    throw invalid(name, `its header claims ${length} bytes, but the file ends after ${size}`);
  return Number(length);
}

/** A small text that names the file; read as a length, its first bytes are above any header. */
async function isLfsPointer(source: ByteSource, first: Uint8Array): Promise<boolean> {
  const start = new TextEncoder().encode('version https://git-lfs');
  if (source.size < start.length) return false;
  const found = [...first, ...(await readExactly(source, first.length, start.length))];
  return found.every((byte, i) => byte === start[i]);
}

function parseHeader(file: string, bytes: Uint8Array): { metadata: Record<string, string>; entries: RawTensor[] } {
  const header = parseObject(file, decode(file, bytes));
  const metadata = readMetadata(file, header.get('__metadata__'));
  header.delete('__metadata__');
  return { metadata, entries: [...header].map(([name, entry]) => readEntry(file, name, entry)) };
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid(file, 'its header is not UTF-8 text');
  }
}

function parseObject(file: string, text: string): Map<string, unknown> {
  // First: what is nested too deeply must not be parsed.
  const problem = asJson(file, () => strictProblem(text));
  if (problem) throw invalid(file, problem);
  const value = asJson<unknown>(file, () => JSON.parse(text));
  if (!isObject(value)) throw invalid(file, 'its header is not a JSON object');
  return new Map(Object.entries(value));
}

function asJson<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalid(file, `its header is not JSON (${error instanceof Error ? error.message : error})`);
  }
}

function readMetadata(file: string, metadata: unknown): Record<string, string> {
  // Null: as the reference implementation reads it.
  if (metadata === undefined || metadata === null) return {};
  if (!isObject(metadata)) throw invalid(file, 'its metadata is not a JSON object');
  const entries = Object.entries(metadata);
  return Object.fromEntries(entries.map(([key, value]) => [key, metadataText(file, key, value)]));
}

function metadataText(file: string, key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(file, `its metadata "${shorten(key)}" is not text`);
}
