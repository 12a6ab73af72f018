/** The safetensors container: a checked header and byte ranges. Checks what the reference implementation checks. */
import { checkLayout, invalid, type RawTensor, readEntry } from './safetensorsEntry';

export { writeSafetensors } from './safetensorsWriter';

/** Bytes that can be read by range: a file, a blob, a buffer. */
export interface ByteSource {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The bytes [start, end), in memory of their own. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
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

/** Reads and checks the header only. Throws a StudioError `safetensors-invalid` that says what is wrong. */
export async function openSafetensors(source: ByteSource): Promise<Safetensors> {
  const length = await headerLength(source);
  const { metadata, entries } = parseHeader(source.name, await source.read(8, 8 + length));
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
  const first = await source.read(0, Math.min(size, 24));
  if (new TextDecoder().decode(first).startsWith('version https://git-lfs')) {
    throw invalid(name, 'it is a Git LFS pointer, not the file itself; run "git lfs pull" or download the file again');
  }
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER)
    throw invalid(name, `its header claims ${length} bytes, more than the ${MAX_HEADER} allowed`);
  if (8 + Number(length) > size)
    throw invalid(name, `its header claims ${length} bytes, but the file ends after ${size}`);
  return Number(length);
}

function parseHeader(file: string, bytes: Uint8Array): { metadata: Record<string, string>; entries: RawTensor[] } {
  const text = decode(file, bytes);
  const header = parseObject(file, text);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw invalid(file, `its header names "${repeated}" twice`);
  const { __metadata__: metadata, ...tensors } = header;
  const entries = Object.entries(tensors).map(([name, entry]) => readEntry(file, name, entry));
  return { metadata: readMetadata(file, metadata), entries };
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid(file, 'its header is not UTF-8 text');
  }
}

function parseObject(file: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(file, `its header is not JSON (${error instanceof Error ? error.message : error})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(file, 'its header is not a JSON object');
  return Object.fromEntries(Object.entries(value));
}

function readMetadata(file: string, metadata: unknown): Record<string, string> {
  const entries = typeof metadata === 'object' && metadata !== null ? Object.entries(metadata) : [];
  for (const [key, value] of entries) {
    if (typeof value !== 'string') throw invalid(file, `its metadata "${key}" is not text`);
  }
  return Object.fromEntries(entries);
}

/** The first key that the top level of valid JSON has twice; `JSON.parse` would keep the last without a word. */
function repeatedKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && /^\s*:/.test(text.slice(index + token.length, index + token.length + 64))) {
      const key: string = JSON.parse(token);
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}
