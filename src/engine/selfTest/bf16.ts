/** bf16 on the host: round to nearest even, pack two per 32-bit word. Shares nothing with what loads models. */

const bits = new DataView(new ArrayBuffer(4));

export function roundBf16(value: number): number {
  bits.setFloat32(0, value);
  const u = bits.getUint32(0);
  bits.setUint32(0, (((u + 0x7fff + ((u >>> 16) & 1)) >>> 16) << 16) >>> 0);
  return bits.getFloat32(0);
}

export function packBf16(values: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(values.length / 2));
  const halves = new Uint16Array(words.buffer);
  for (let i = 0; i < values.length; i++) {
    bits.setFloat32(0, roundBf16(values[i]!));
    halves[i] = bits.getUint32(0) >>> 16;
  }
  return words;
}

/** The first `count` values of packed bf16 words. */
export function unpackBf16(words: ArrayBuffer, count: number): Float32Array<ArrayBuffer> {
  const halves = new Uint16Array(words);
  const values = new Uint32Array(count).map((_, i) => (halves[i] ?? 0) << 16);
  return new Float32Array(values.buffer);
}
