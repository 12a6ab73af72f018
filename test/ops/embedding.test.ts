import { expect, it } from 'vitest';
import * as op from '../../src/engine/ops/embedding';
import * as twin from '../../src/engine/selfTest/reference/embedding';
import { roundBf16 } from '../support/bf16';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

it.each([
  [5, 64],
  [37, 99],
  [3, 1423],
  [1, 1],
  // More workgroups than one line holds.
  [33_000, 1],
])('embedding of %i rows of %i equals its twin, bit for bit', async (rows, width) => {
  const vocabulary = 41;
  const table = normals(1, vocabulary * width).map(roundBf16);
  const ids = Array.from({ length: rows }, (_, i) => (i * 17 + 40) % vocabulary);
  const b = await bench();
  const x = b.f32('x', [rows, width]);
  op.forward(b.rec, { ids: b.u32('ids', ids), table: b.bf16('table', [vocabulary, width], table), first: 0, rows }, x);
  const result = Array.from(await b.read(x));
  expect(result).toEqual(Array.from(twin.forward(ids, table, width)));
  // Negative control: other ids, other rows.
  const others = ids.map((id) => (id + 1) % vocabulary);
  expect(result).not.toEqual(Array.from(twin.forward(others, table, width)));
});

it('a table in bands gives what the whole table gives, and a band alone leaves other rows as they were', async () => {
  const [vocabulary, width, split] = [41, 37, 13];
  const table = normals(1, vocabulary * width).map(roundBf16);
  const ids = [40, 13, 0, 12, 14, 13];
  const b = await bench();
  const before = normals(2, ids.length * width);
  const x = b.f32('x', [ids.length, width], before);
  const [gpuIds, rows] = [b.u32('ids', ids), ids.length];
  const low = b.bf16('low', [split, width], table.subarray(0, split * width));
  const high = b.bf16('high', [vocabulary - split, width], table.subarray(split * width));
  op.forward(b.rec, { ids: gpuIds, table: high, first: split, rows }, x);
  const expected = twin.forward(ids, table, width);
  const half = Array.from(await b.read(x));
  expect(half.slice(0, 2 * width)).toEqual(Array.from(expected.subarray(0, 2 * width)));
  expect(half.slice(2 * width, 4 * width)).toEqual(Array.from(new Float32Array(before.subarray(2 * width, 4 * width))));
  op.forward(b.rec, { ids: gpuIds, table: low, first: 0, rows }, x);
  expect(Array.from(await b.read(x))).toEqual(Array.from(expected));
});
