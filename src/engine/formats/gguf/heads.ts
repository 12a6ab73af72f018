/** The rows of every head in llama.cpp's order. */
import { inBlocks, type Pieces } from '../pieces';

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
