import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/gradNorm';
import * as twin from '../../src/engine/selfTest/reference/gradNorm';
import { expectClose, relativeError } from '../support/compare';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

const labels = 5;
const totals = [3, 2, 1, labels];

async function run(gradients: ArrayLike<number>, totals: readonly number[], maxNorm: number, refused = 0) {
  const b = await bench();
  const count = gradients.length;
  const state = b.f32('state', [4], [9, 9, 9, refused]);
  const input = {
    gradients: b.f32('gradients', [count], gradients),
    count,
    totals: b.f32('totals', [4], totals),
    labels,
    maxNorm,
  };
  op.forward(b.rec, input, b.f32('partials', [op.partialFloats(count)]), state);
  return b.read(state);
}

describe.each([1, 64, 167, 4096, 100_003])('gradNorm of %i values', (count) => {
  const gradients = normals(1, count, 0.37);

  it.each([0.5, 1e6, 0])('equals its twin with maxNorm %f', async (maxNorm) => {
    const [norm, clip, broken, last] = await run(gradients, totals, maxNorm);
    const expected = twin.forward(gradients, totals, labels, maxNorm);
    expectClose([norm!], [expected[0]!]);
    expectClose([clip!], [expected[1]!]);
    expect([broken, last]).toEqual([0, 0]);
  });

  it('sees the last value', async () => {
    const without = gradients.slice();
    without[count - 1] = 100 * Math.sqrt(count);
    const [norm] = await run(without, totals, 1);
    expectClose([norm!], [twin.forward(without, totals, labels, 1)[0]!]);
    // Negative control: the norm of the values before is another one.
    expect(relativeError([norm!], [twin.forward(gradients, totals, labels, 1)[0]!])).toBeGreaterThan(1);
  });
});

it('strides over more values than the workgroups hold at once', async () => {
  const gradients = new Float64Array(8_500_003).fill(0.5);
  expectClose([(await run(gradients, totals, 1))[0]!], [0.5 * Math.sqrt(gradients.length)]);
});

it('no gradient at all has norm 0 and is not scaled', async () => {
  expect(Array.from(await run(new Float64Array(99), totals, 1))).toEqual([0, 1, 0, 0]);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'counts %f in gradients and in totals',
  async (value) => {
    const gradients = normals(2, 1423);
    gradients[3] = value;
    gradients[1422] = value;
    const state = await run(gradients, [0, value, 0, labels], 1);
    expect(state[2]).toBe(3);
    expectClose(state, twin.forward(gradients, [0, value, 0, labels], labels, 1));
  },
);

it('a step after one that was not finite stays refused', async () => {
  const gradients = normals(2, 99);
  expect((await run(gradients, totals, 1))[3]).toBe(0);
  expect((await run(gradients, totals, 1, 1))[3]).toBe(1);
  expect(twin.forward(gradients, totals, labels, 1, true)[3]).toBe(1);
});

it.each([0, labels - 1, labels + 1])('a step that counted %i tokens is refused, and is finite', async (counted) => {
  const gradients = normals(2, 99);
  const wrong = [3, 2, 1, counted];
  const [norm, clip, broken, refused] = await run(gradients, wrong, 1);
  expect([broken, refused]).toEqual([0, 1]);
  expectClose([norm!, clip!, broken!, refused!], twin.forward(gradients, wrong, labels, 1));
});

it('a norm that overflows is not finite either', async () => {
  const state = await run([3e38, 3e38], totals, 1);
  expect(state[2]).toBe(1);
  expect(state.every(Number.isFinite)).toBe(true);
});
