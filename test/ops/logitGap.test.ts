import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/logitGap';
import * as twin from '../../src/engine/selfTest/reference/logitGap';
import { expectClose } from '../support/compare';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

describe.each([
  [1, 1],
  [37, 99],
  [5, 167],
  [64, 1423],
])('logits of %i rows and %i columns', (rows, columns) => {
  const x = normals(1, rows * columns).map(Math.fround);
  const y = x.map((value, i) => Math.fround(value + (i % 7 === 0 ? 1.5 : 1e-3)));

  async function measured(other: Float64Array): Promise<Float32Array> {
    const b = await bench();
    const gaps = b.f32('gaps', [rows, 4]);
    const [p, q] = [b.f32('x', [rows, columns], x), b.f32('y', [rows, columns], other)];
    op.measure(b.rec, { x: p, y: q, rows, columns }, gaps);
    return b.read(gaps);
  }

  it('are as far apart as the twin says', async () => {
    const gaps = await measured(y);
    const expected = twin.measure(x, y, columns);
    expectClose(gaps, expected);
    expect([...gaps].filter((_, i) => i % 4 === 2)).toEqual([...expected].filter((_, i) => i % 4 === 2));
    if (columns > 1) expect([...expected].filter((value, i) => i % 4 === 2 && value === 0).length).toBeGreaterThan(0);
  });

  it('are the same as themselves, and a value that is not finite is seen', async () => {
    const same = await measured(x);
    for (let row = 0; row < rows; row++)
      expect([same[4 * row], same[4 * row + 2], same[4 * row + 3]]).toEqual([0, 1, 0]);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const broken = x.slice();
      broken[(rows - 1) * columns + columns - 1] = value;
      const gaps = await measured(broken);
      expect([...gaps].flatMap((flag, i) => (i % 4 === 3 && flag !== 0 ? [(i - 3) / 4] : []))).toEqual([rows - 1]);
    }
  });
});
