/** Pieces of a tensor cut anew: into whole blocks, and with the rows of every head in llama.cpp's order. */

type Pieces = AsyncIterable<Uint8Array<ArrayBuffer>>;

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

/**
 * Hugging Face's Llama turns row i of a head with row i + headDim / 2, llama.cpp row 2i with row 2i + 1: the rows of a query
 * or key projection, or its biases, in the other order. One head at a time must fit into memory.
 */
export async function* permuteHeads(
  pieces: Pieces,
  headDim: number,
  rowBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const half = headDim / 2;
  for await (const heads of inBlocks(pieces, headDim * rowBytes)) {
    const permuted = new Uint8Array(heads.length);
    for (let row = 0; row * rowBytes < heads.length; row++) {
      const [head, within] = [row - (row % headDim), row % headDim];
      const to = head + 2 * (within % half) + (within < half ? 0 : 1);
      permuted.set(heads.subarray(row * rowBytes, (row + 1) * rowBytes), to * rowBytes);
    }
    yield permuted;
  }
}
