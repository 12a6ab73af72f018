/** bf16 weights as f16: exact but for what is smaller than f16's smallest normal number, which rounds to nearest even. */

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** The bits of the f16 nearest to `value` (an f32), ties to even; infinite from 65520 on. */
export function halfBits(value: number): number {
  single[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Subnormal: counted in units of 2^-24. The division is exact, and so is the sum that rounds.
  if (magnitude < 0x38800000) return sign | roundEven(Math.abs(value) * 2 ** 24);
  // The exponent moves from bias 127 to 15; a fraction that rounds up carries into it, as it should.
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

let table: Uint16Array | undefined;

/** f16 bits of every bf16. */
function halfTable(): Uint16Array {
  table ??= Uint16Array.from({ length: 0x10000 }, (_, bits) => {
    word[0] = bits << 16;
    return halfBits(single[0]!);
  });
  return table;
}

/** A piece of bf16 weights as f16, in memory of its own, and how many of them f16 cannot hold: those that are not finite in it. */
export function bf16ToHalf(piece: Uint16Array): { half: Uint16Array<ArrayBuffer>; overflows: number } {
  const to = halfTable();
  const half = new Uint16Array(piece.length);
  let overflows = 0;
  for (let i = 0; i < piece.length; i++) {
    const bits = to[piece[i]!]!;
    half[i] = bits;
    if ((bits & 0x7c00) === 0x7c00) overflows += 1;
  }
  return { half, overflows };
}
