/** Weights of `MatMulNBits` as numbers again, from their meaning: (step − zero point) · scale. */
import { BLOCK, fourBitShape } from '../../src/engine/formats/onnx/fourBits';

/** `bytes`: packed weights, scales, zero points, as they are written. */
export function dequantized(bytes: Uint8Array<ArrayBuffer>, outputs: number, inputs: number) {
  const { blocks } = fourBitShape(outputs, inputs);
  const packedBytes = (outputs * blocks * BLOCK) / 2;
  const scales = new Float32Array(bytes.slice(packedBytes, packedBytes + 4 * outputs * blocks).buffer);
  const zeros = bytes.subarray(packedBytes + 4 * outputs * blocks);
  const nibble = (from: Uint8Array, row: number, width: number, at: number): number =>
    (from[row * width + (at >> 1)]! >> (4 * (at & 1))) & 15;
  const values = new Float32Array(outputs * inputs);
  for (let row = 0; row < outputs; row++) {
    for (let i = 0; i < inputs; i++) {
      const block = Math.floor(i / BLOCK);
      const step = nibble(bytes, row, (blocks * BLOCK) / 2, i) - nibble(zeros, row, Math.ceil(blocks / 2), block);
      values[row * inputs + i] = step * scales[row * blocks + block]!;
    }
  }
  return { values, scales };
}
