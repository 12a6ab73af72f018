import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/rope';
import { rotaryTable } from '../../src/engine/rotary';
import * as twin from '../../src/engine/selfTest/reference/rope';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { dot, gradient } from '../support/finiteDifference';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

const theta = 1e6;

describe.each([
  [4, 4, 2, 1, 64],
  [37, 37, 3, 3, 20],
  [99, 167, 14, 2, 2],
  [0, 37, 2, 1, 8],
] as const)('rope of %i queries, %i keys, %i and %i heads of %i', (queries, keys, heads, kvHeads, headDim) => {
  const [q, k] = [normals(1, queries * heads * headDim), normals(2, keys * kvHeads * headDim)];
  const keyPositions = Array.from({ length: keys }, (_, i) => (i * 7) % 40);
  const queryPositions = Array.from({ length: queries }, (_, i) => (i * 11) % 40);

  it('rotates both as its twin, each by its own positions, and back', async () => {
    const b = await bench();
    const rope = {
      q: b.f32('q', [queries, heads, headDim], q),
      k: b.f32('k', [keys, kvHeads, headDim], k),
      table: b.f32('table', [40, headDim], rotaryTable(40, headDim, { theta })),
      ...{ queryPositions: b.u32('qp', queryPositions), keyPositions: b.u32('kp', keyPositions) },
      ...{ queries, keys, heads, kvHeads, headDim },
    };
    op.forward(b.rec, rope);
    const exact = twin.forward(k, keyPositions, { heads: kvHeads, headDim, theta });
    const rotated = await b.read(rope.k);
    expectClose(rotated, exact);
    if (queries > 0) expectClose(await b.read(rope.q), twin.forward(q, queryPositions, { heads, headDim, theta }));
    op.backward(b.rec, rope);
    expectClose(await b.read(rope.k), k);
    if (queries > 0) expectClose(await b.read(rope.q), q);
    // Negative control: positions matter.
    const shifted = keyPositions.map((p) => p + 1);
    expect(relativeError(rotated, twin.forward(k, shifted, { heads: kvHeads, headDim, theta }))).toBeGreaterThan(1e-2);
  });
});

it('the twin’s gradient is its derivative', () => {
  const shape = { heads: 2, headDim: 6, theta: 100 };
  const positions = [0, 3, 5];
  const [x, dy] = [normals(1, 36), normals(2, 36)];
  const numeric = gradient((at) => dot(twin.forward(at, positions, shape), dy), x);
  expectClose(numeric, twin.backward(dy, positions, shape), tolerance.finiteDifference);
});

it('the table keeps f32 angles at far positions', () => {
  const table = rotaryTable(32_768, 4, { theta: 1e6 });
  expect(table[32_767 * 4]).toBeCloseTo(Math.cos(32_767), 6);
  expect(table[32_767 * 4 + 2]).toBeCloseTo(Math.sin(32_767), 6);
});

it('Llama 3’s scaling divides slow frequencies, keeps fast ones, and goes over between', () => {
  const scaling = { factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192 };
  const [plain, scaled] = [undefined, scaling].map((s) => rotaryTable(2, 64, { theta: 5e5, scaling: s }));
  // At position 1 the sine's angle is the frequency itself.
  const frequency = (table: Float32Array, i: number) => Math.asin(table[64 + 32 + i]!);
  const ratio = Array.from({ length: 32 }, (_, i) => frequency(plain!, i) / frequency(scaled!, i));
  expect(ratio[1]).toBeCloseTo(1, 5);
  expect(ratio[31]).toBeCloseTo(32, 2);
  expect(ratio.filter((r) => r > 1.01 && r < 31.9).length).toBeGreaterThan(0);
  for (let i = 1; i < 32; i++) expect(ratio[i]).toBeGreaterThan(ratio[i - 1]! - 1e-4);
});
