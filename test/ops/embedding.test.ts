import { expect, it } from 'vitest';
import * as op from '../../src/engine/ops/embedding';
import * as twin from '../reference/embedding';
import { roundBf16 } from '../support/bf16';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

it.each([
  [5, 64],
  [37, 99],
  [3, 1423],
  [1, 1],
])('embedding of %i rows of %i equals its twin, bit for bit', async (rows, width) => {
  const vocabulary = 41;
  const table = normals(1, vocabulary * width).map(roundBf16);
  const ids = Array.from({ length: rows }, (_, i) => (i * 17 + 40) % vocabulary);
  const b = await bench();
  const x = b.f32('x', [rows, width]);
  op.forward(b.rec, { ids: b.u32('ids', ids), table: b.bf16('table', [vocabulary, width], table), rows }, x);
  const result = Array.from(await b.read(x));
  expect(result).toEqual(Array.from(twin.forward(ids, table, width)));
  // Negative control: other ids, other rows.
  const others = ids.map((id) => (id + 1) % vocabulary);
  expect(result).not.toEqual(Array.from(twin.forward(others, table, width)));
});
