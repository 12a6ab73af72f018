/** Weights of a safetensors file as packed bf16, two per 32-bit word: the form in which they lie on the GPU. */
import { type ElementType, elementBytes, elementType, halfToSingle, readExactly } from './elements';
import type { ByteSource, TensorInfo } from './safetensors';

/** Rewrites as many elements as `to` holds, which lies where they lie: no element is wider after than before. */
type Convert = (bytes: Uint8Array<ArrayBuffer>, to: Uint16Array) => void;

/** bf16 stays as it is; the others round to nearest even. */
const converters: Readonly<Record<ElementType, Convert>> = { BF16: () => {}, F16: fromHalf, F32: fromSingle };

/** Elements read at once: 8 MiB of a bf16 file, which bounds the memory that loading takes. An even number. */
const PIECE = 1 << 22;

/** Bytes of the zero behind an odd count. */
const PADDING = 2;

/** Memory that pieces are read into, one after the other. */
export class PieceMemory {
  private buffer = new ArrayBuffer(0);

  /** At least so many bytes, until they are given back. */
  take(bytes: number): ArrayBuffer {
    const { buffer } = this;
    this.buffer = new ArrayBuffer(0);
    return buffer.byteLength < bytes ? new ArrayBuffer(bytes) : buffer;
  }

  giveBack(buffer: ArrayBuffer): void {
    this.buffer = buffer;
  }
}

/**
 * A tensor as packed bf16 words, the first element in the low half, piece by piece; an odd count is padded with a zero.
 * A piece lies in `memory`, so the next one overwrites it. Throws a StudioError: `dtype-unsupported`, or `file-changed`
 * when the file is shorter than it was.
 */
export async function* readBf16(
  source: ByteSource,
  info: Pick<TensorInfo, 'dtype' | 'start' | 'end'>,
  memory = new PieceMemory(),
  piece = PIECE,
): AsyncGenerator<Uint32Array<ArrayBuffer>> {
  const size = elementBytes(source, info.dtype);
  const convert = converters[elementType(source, info.dtype)];
  const elements = (info.end - info.start) / size;
  for (let from = 0; from < elements; from += piece) {
    const count = Math.min(piece, elements - from);
    const start = info.start + from * size;
    const bytes = await readExactly(source, start, start + count * size, memory.take(count * size + PADDING));
    const words = packed(bytes, count, convert);
    yield words;
    memory.giveBack(words.buffer);
  }
}

function packed(bytes: Uint8Array<ArrayBuffer>, count: number, convert: Convert): Uint32Array<ArrayBuffer> {
  const size = 4 * Math.ceil(count / 2);
  const { buffer, byteOffset } = withRoom(bytes, size);
  const halves = new Uint16Array(buffer, byteOffset, size / 2);
  convert(bytes, halves.subarray(0, count));
  halves.fill(0, count);
  return new Uint32Array(buffer, byteOffset, size / 4);
}

/** These bytes where `size` of them have room: elsewhere, when the source had memory of its own. */
function withRoom(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (bytes.byteOffset + size <= bytes.buffer.byteLength) return bytes;
  const roomy = new Uint8Array(size);
  roomy.set(bytes);
  return roomy;
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
