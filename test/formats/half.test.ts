/** bf16 as f16: every bit pattern against the nearest of all f16 values. */
import { expect, it } from 'vitest';
import { halfToSingle } from '../../src/engine/formats/elements';
import { bf16ToHalf, halfBits } from '../../src/engine/formats/half';

const value = (bits: number) => new Float32Array(Int32Array.of(bits).buffer)[0]!;

/** The finite f16 values that are not negative, in order; their bits are their places. */
const halves = Array.from({ length: 0x7c00 }, (_, bits) => value(halfToSingle(bits)));

/** Searched, not computed: the nearer of the two around it, the even one when both are as near. */
function nearest(magnitude: number): number {
  if (magnitude >= 65520) return 0x7c00;
  let [low, high] = [0, halves.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (halves[middle]! <= magnitude) low = middle;
    else high = middle;
  }
  const [below, above] = [magnitude - halves[low]!, halves[high]! - magnitude];
  return below < above || (below === above && low % 2 === 0) ? low : high;
}

it('rounds every bf16 to the nearest f16, ties to even', () => {
  const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
  const { half, overflows } = bf16ToHalf(all);
  let lost = 0;
  for (const bits of all) {
    const found = half[bits]!;
    const single = value(bits << 16);
    if (Number.isNaN(single)) expect(found & 0x7fff).toBeGreaterThan(0x7c00);
    else if (found !== (nearest(Math.abs(single)) | ((bits >> 15) << 15))) throw new Error(`${single} became ${found}`);
    if (!Number.isFinite(value(halfToSingle(found)))) lost += 1;
  }
  expect(overflows).toBe(lost);
  // From 65536 to infinity, and everything that is no number, with both signs.
  expect(lost).toBe(2 * (0x8000 - 0x4780));
});

it('rounds an f32 to the nearest f16, ties to even', () => {
  for (const [low, high] of [
    [0, 1],
    [1, 2],
    [0x3ff, 0x400],
    [0x3c00, 0x3c01],
    [0x3c01, 0x3c02],
    [0x7bfe, 0x7bff],
  ] as const) {
    const middle = (halves[low]! + halves[high]!) / 2;
    expect(halfBits(middle)).toBe(low % 2 === 0 ? low : high);
    expect(halfBits(Math.fround(middle * (1 - 2 ** -23)))).toBe(low);
    expect(halfBits(Math.fround(middle * (1 + 2 ** -22)))).toBe(high);
    expect(halfBits(-middle)).toBe(0x8000 | halfBits(middle));
  }
  expect([65519, 65520, -65520, Number.POSITIVE_INFINITY].map(halfBits)).toEqual([0x7bff, 0x7c00, 0xfc00, 0x7c00]);
});
