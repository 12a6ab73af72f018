/** Pieces of bf16 tensors on their way into other forms: cut anew into whole blocks, and as numbers. */

export type Pieces = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** The same bytes in pieces of whole blocks, aligned for 16-bit words. Throws a RangeError when the last block is not whole. */
export async function* inBlocks(pieces: Pieces, block: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let rest = new Uint8Array(0);
  for await (const piece of pieces) {
    const joined = join(rest, piece);
    const whole = joined.length - (joined.length % block);
    if (whole > 0) yield joined.subarray(0, whole);
    // Copied: the source may use the memory of a piece for the next one.
    rest = joined.slice(whole);
  }
  if (rest.length > 0) throw new RangeError(`${rest.length} bytes are left over behind blocks of ${block}`);
}

function join(rest: Uint8Array<ArrayBuffer>, piece: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (rest.length === 0 && piece.byteOffset % 2 === 0) return piece;
  const joined = new Uint8Array(rest.length + piece.length);
  joined.set(rest);
  joined.set(piece, rest.length);
  return joined;
}

/** The bits of bf16 values, where they lie. */
export function wordsOf({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  return new Uint16Array(buffer, byteOffset, length / 2);
}

/** bf16 as f32, exactly, in memory of its own. */
export function widened(values: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) words[i] = values[i]! << 16;
  return new Float32Array(words.buffer);
}
