/** Weights of a safetensors file as packed bf16, two per 32-bit word: the form in which they lie on the GPU. */
import { StudioError } from '../studioError';
import type { ByteSource, TensorInfo } from './safetensors';

type Convert = (bytes: Uint8Array<ArrayBuffer>, to: Uint16Array) => void;

/** Bytes per element and conversion. bf16 goes over bit by bit; the others round to nearest even. */
const readers: ReadonlyMap<string, { readonly size: number; readonly convert: Convert }> = new Map([
  ['BF16', { size: 2, convert: copy }],
  ['F16', { size: 2, convert: fromHalf }],
  ['F32', { size: 4, convert: fromSingle }],
]);

export const supportedDtypes: ReadonlySet<string> = new Set(readers.keys());

/** Elements read at once: 8 MiB of a bf16 file, which bounds the memory that loading takes. An even number. */
const PIECE = 1 << 22;

/**
 * A tensor as packed bf16 words, the first element in the low half, piece by piece; an odd count is padded with a zero.
 * Throws a StudioError: `dtype-unsupported`, or `file-changed` when the file is shorter than it was.
 */
export async function* readBf16(
  source: ByteSource,
  info: Pick<TensorInfo, 'dtype' | 'start' | 'end'>,
  piece = PIECE,
): AsyncGenerator<Uint32Array<ArrayBuffer>> {
  const { size, convert } = readerOf(source, info.dtype);
  const count = (info.end - info.start) / size;
  for (let from = 0; from < count; from += piece) {
    const to = Math.min(count, from + piece);
    const bytes = await readExactly(source, info.start + from * size, info.start + to * size);
    const words = new Uint32Array(Math.ceil((to - from) / 2));
    convert(bytes, new Uint16Array(words.buffer, 0, to - from));
    yield words;
  }
}

/** Bytes of one element in the file. */
export function elementBytes(source: ByteSource, dtype: string): number {
  return readerOf(source, dtype).size;
}

function readerOf(source: ByteSource, dtype: string) {
  const reader = readers.get(dtype);
  if (reader) return reader;
  const message = `A tensor of ${source.name} has the type ${dtype}; the studio reads ${[...readers.keys()].join(', ')}.`;
  throw new StudioError('dtype-unsupported', message, { file: source.name, dtype });
}

async function readExactly(source: ByteSource, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.read(start, end);
  if (bytes.length !== end - start) {
    throw new StudioError('file-changed', `${source.name} is shorter than when it was opened; load the model again.`, {
      file: source.name,
    });
  }
  // Typed views need an aligned start.
  return bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
}

function copy(bytes: Uint8Array<ArrayBuffer>, to: Uint16Array): void {
  to.set(new Uint16Array(bytes.buffer, bytes.byteOffset, to.length));
}

function fromSingle(bytes: Uint8Array<ArrayBuffer>, to: Uint16Array): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, to.length);
  for (let i = 0; i < to.length; i++) to[i] = roundBits(words[i]!);
}

function fromHalf(bytes: Uint8Array<ArrayBuffer>, to: Uint16Array): void {
  const table = halfTable();
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, to.length);
  for (let i = 0; i < to.length; i++) to[i] = table[halves[i]!]!;
}

/** The bits of an f32 to the bits of the nearest bf16, ties to even; NaN stays NaN. */
export function roundBits(word: number): number {
  if ((word & 0x7fffffff) >>> 0 > 0x7f800000) return ((word >>> 16) | 0x40) & 0xffff;
  return ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff;
}

let table: Uint16Array | undefined;

/** bf16 bits of every f16. bf16 has the wider exponent, so only the last three bits of the fraction are rounded. */
function halfTable(): Uint16Array {
  if (table) return table;
  const single = new Float32Array(1);
  const word = new Uint32Array(single.buffer);
  table = Uint16Array.from({ length: 0x10000 }, (_, half) => {
    single[0] = halfValue(half);
    return roundBits(word[0]!);
  });
  return table;
}

function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
