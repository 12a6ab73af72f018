import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/rows';
import * as twin from '../../src/engine/selfTest/reference/rows';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { dot, gradient } from '../support/finiteDifference';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

describe.each([
  [8, 64, 3],
  [99, 37, 37],
  [5, 1423, 1],
  // More workgroups than one line holds.
  [33_001, 1, 33_000],
] as const)('rows of a [%i, %i] matrix, %i of them', (all, width, rows) => {
  const index = Array.from({ length: rows }, (_, i) => (i * 5 + 3) % all);

  it('gathers and scatters as its twin', async () => {
    const [matrix, picked] = [normals(1, all * width), normals(2, rows * width)];
    const b = await bench();
    const gathered = b.f32('gathered', [rows, width]);
    const target = b.f32('target', [all, width], matrix);
    const indices = b.u32('index', index);
    op.gather(b.rec, { from: target, index: indices, rows, width }, gathered);
    op.scatter(b.rec, { from: b.f32('picked', [rows, width], picked), index: indices, rows, width }, target);
    expect(Array.from(await b.read(gathered))).toEqual(Array.from(twin.gather(matrix, index, width)));
    const scattered = Array.from(await b.read(target));
    expect(scattered).toEqual(Array.from(twin.scatter(picked, index, width, matrix)));
    expect(scattered).not.toEqual(Array.from(matrix));
  });

  it('adds rows where they belong as its twin', async () => {
    const [matrix, picked] = [normals(1, all * width), normals(2, rows * width)];
    const b = await bench();
    const target = b.f32('target', [all, width], matrix);
    const from = b.f32('picked', [rows, width], picked);
    op.scatterAdd(b.rec, { from, index: b.u32('index', index), rows, width }, target);
    const exact = twin.scatterAdd(picked, index, width, matrix);
    expectClose(await b.read(target), exact);
    expect(relativeError(matrix, exact)).toBeGreaterThan(1e-3);
  });
});

it('scattering a gradient is the derivative of gathering', () => {
  const [x, dy, index] = [normals(1, 12), normals(2, 6), [3, 1]];
  const numeric = gradient((at) => dot(twin.gather(at, index, 3), dy), x);
  expectClose(numeric, twin.scatter(dy, index, 3, new Float64Array(12)), tolerance.finiteDifference);
  const before = normals(3, 12);
  expectClose(
    twin.scatterAdd(dy, index, 3, before),
    before.map((value, i) => value + numeric[i]!),
    tolerance.finiteDifference,
  );
});
