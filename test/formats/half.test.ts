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

it('keeps every f16, and rounds what lies between to the nearest, ties to even', () => {
  const wrong = halves.filter((here, bits) => {
    const next = halves[bits + 1] ?? 65_536;
    const [middle, little] = [(here + next) / 2, (next - here) / 64];
    const even = bits % 2 === 0 ? bits : bits + 1;
    const found = [here, middle, middle - little, middle + little, -here].map(halfBits);
    return found.join() !== [bits, even, bits, bits + 1, bits | 0x8000].join();
  });
  expect(wrong).toEqual([]);
  const beyond = [65_519, 65_520, -65_520, 1e9, Number.POSITIVE_INFINITY];
  expect(beyond.map(halfBits)).toEqual([0x7bff, 0x7c00, 0xfc00, 0x7c00, 0x7c00]);
  expect(halfBits(Number.NaN)).toBeGreaterThan(0x7c00);
});

it('counts what lost bits, and says where the first is that no f16 stands for', () => {
  // 1, 3·2⁻²⁵ which lies between two f16, 2¹⁶ twice.
  const piece = Uint16Array.of(0x3f80, 0x33c0, 0x4780, 0x4780);
  expect(bf16ToHalf(piece)).toMatchObject({ rounded: 1, overflows: 2, first: 2 });
  expect(bf16ToHalf(piece.subarray(0, 1))).toMatchObject({ rounded: 0, overflows: 0, first: undefined });
});
