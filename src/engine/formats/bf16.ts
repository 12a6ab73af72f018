/** Weights of a safetensors file as packed bf16, two per 32-bit word: the form in which they lie on the GPU. */
import { type ElementType, elementBytes, elementType, halfToSingle, readExactly } from './elements';
import type { ByteSource, TensorInfo } from './safetensors';

type Convert = (bytes: Uint8Array<ArrayBuffer>, to: Uint16Array) => void;

/** bf16 goes over bit by bit; the others round to nearest even. */
const converters: Readonly<Record<ElementType, Convert>> = { BF16: copy, F16: fromHalf, F32: fromSingle };

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
  const size = elementBytes(source, info.dtype);
  const convert = converters[elementType(source, info.dtype)];
  const count = (info.end - info.start) / size;
  for (let from = 0; from < count; from += piece) {
    const to = Math.min(count, from + piece);
    const bytes = await readExactly(source, info.start + from * size, info.start + to * size);
    const words = new Uint32Array(Math.ceil((to - from) / 2));
    convert(bytes, new Uint16Array(words.buffer, 0, to - from));
    yield words;
  }
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
  table = Uint16Array.from({ length: 0x10000 }, (_, half) => roundBits(halfToSingle(half)));
  return table;
}
