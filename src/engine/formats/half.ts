/** fp16 from what is wider: rounded to nearest, ties to even. */

/** At and above this, with the sign off, are infinity and NaN. */
const HALF_INFINITY = 0x7c00;
/** The exponent of the smallest normal fp16; below it the steps stay as wide as there. */
const LEAST_EXPONENT = -14;
const FRACTION_BITS = 10;

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The bits of the fp16 nearest to an f32. */
export function halfBits(value: number): number {
  single[0] = value;
  const sign = (singleBits[0]! >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (!(size < 2 ** 16)) return sign | (Number.isNaN(value) ? HALF_INFINITY + 1 : HALF_INFINITY);
  const exponent = Math.max(((singleBits[0]! >>> 23) & 0xff) - 127, LEAST_EXPONENT);
  // Steps of the fraction, the implied one among them: rounding up may carry into the exponent, as it should.
  const steps = roundToEven(size / 2 ** (exponent - FRACTION_BITS));
  return sign | (((exponent - LEAST_EXPONENT) << FRACTION_BITS) + steps);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** What becomes of a bf16: exact, or a small one that lost bits, or one that no finite fp16 stands for. */
const fate = { exact: 0, rounded: 1, outside: 2 } as const;

interface HalfTable {
  /** fp16 bits by bf16 bits. */
  readonly halves: Uint16Array;
  /** `fate` by bf16 bits. */
  readonly fates: Uint8Array;
}

let made: HalfTable | undefined;

function makeTable(): HalfTable {
  const values = new Float32Array(Uint32Array.from({ length: 0x10000 }, (_, bits) => bits << 16).buffer);
  const halves = Uint16Array.from(values, halfBits);
  const fates = Uint8Array.from(halves, (half, bits) => {
    if ((half & HALF_INFINITY) === HALF_INFINITY) return fate.outside;
    return isExact(values[bits]!) ? fate.exact : fate.rounded;
  });
  return { halves, fates };
}

/** fp16 has more bits of fraction than bf16: only below its normal numbers something can be lost. */
function isExact(value: number): boolean {
  return Number.isInteger(value * 2 ** (FRACTION_BITS - LEAST_EXPONENT));
}

export interface HalfPiece {
  /** In memory of its own. */
  readonly half: Uint16Array<ArrayBuffer>;
  /** Values that lost bits. */
  readonly rounded: number;
  /** Values that are not finite in fp16, and the place of the first of them. */
  readonly overflows: number;
  readonly first: number | undefined;
}

/** A piece of bf16 weights as fp16. */
export function bf16ToHalf(piece: Uint16Array): HalfPiece {
  made ??= makeTable();
  const { halves, fates } = made;
  const half = new Uint16Array(piece.length);
  let [rounded, overflows, first] = [0, 0, -1];
  for (let i = 0; i < piece.length; i++) {
    const bits = piece[i]!;
    half[i] = halves[bits]!;
    if (fates[bits] === fate.rounded) rounded++;
    else if (fates[bits] === fate.outside && overflows++ === 0) first = i;
  }
  return { half, rounded, overflows, first: first < 0 ? undefined : first };
}
