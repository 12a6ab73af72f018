import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/weightShift';
import * as lora from '../../src/engine/selfTest/reference/lora';
import * as twin from '../../src/engine/selfTest/reference/weightShift';
import { roundBf16 } from '../support/bf16';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

const scale = 2;

function operands(outputs: number, inputs: number, rank: number) {
  const factor = (seed: number, count: number) => normals(seed, count, 0.05).map(Math.fround);
  const [a, b] = [factor(1, rank * inputs), factor(2, outputs * rank)];
  const weight = normals(3, outputs * inputs).map(roundBf16);
  return { a, b, weight, merged: lora.merge(weight, a, b, scale, rank), rank, outputs, inputs };
}

type Operands = ReturnType<typeof operands>;

async function measured({ a, b, weight, merged, rank, outputs, inputs }: Operands): Promise<op.WeightShift> {
  const k = await bench();
  const adapter = { a: k.f32('a', [rank, inputs], a), b: k.f32('b', [outputs, rank], b), rank, scale };
  const pair = { weight: k.bf16('w', [outputs, inputs], weight), merged: k.bf16('m', [outputs, inputs], merged) };
  const results = k.f32('results', [3, op.SHIFT_FLOATS]);
  const partials = k.f32('partials', [op.partialFloats]);
  op.measure(k.rec, adapter, { ...pair, index: 2 }, partials, results);
  const floats = await k.read(results);
  expect([...floats.subarray(0, 2 * op.SHIFT_FLOATS)].every((value) => value === 0)).toBe(true);
  return op.shiftAt(floats, 2);
}

describe.each([
  [32, 64, 8],
  [37, 99, 3],
  [167, 33, 1],
  [1423, 5, 13],
  [1, 1, 2],
])('a matrix %i × %i and rank %i', (outputs, inputs, rank) => {
  const o = operands(outputs, inputs, rank);

  it('moved as far as the twin says, and rounding took at most half of the last place', async () => {
    const [found, expected] = [await measured(o), twin.measure(o.weight, o.merged, { ...o, scale })];
    for (const name of ['norm', 'change', 'moved', 'largestChange', 'largestMoved'] as const) {
      expect(Math.abs(found[name] / expected[name] - 1) || 0, name).toBeLessThan(1e-5);
    }
    expect(found.broken).toBe(0);
    expect(expected.rounding).toBeLessThanOrEqual(0.5);
    // The exact sum is made in f32 here: a few units of 2⁻²⁴ beside a last place of 2⁻⁷.
    expect(Math.abs(found.rounding - expected.rounding)).toBeLessThan(1e-3);
  });

  it('that is not the merged one shows in the rounding', async () => {
    const wrong = await measured({
      ...o,
      merged: o.merged.map((value, i) => (i === 0 ? roundBf16(1.02 * value) : value)),
    });
    expect(wrong.rounding).toBeGreaterThan(1);
  });

  it.each(['a', 'b', 'weight', 'merged'] as const)(
    'with a value in %s that is not finite is not taken for whole',
    async (at) => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const poisoned = o[at].slice();
        poisoned[poisoned.length - 1] = value;
        expect((await measured({ ...o, [at]: poisoned })).broken).toBeGreaterThan(0);
      }
    },
  );
});
