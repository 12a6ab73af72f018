import { expect, it } from 'vitest';
import * as op from '../../src/engine/ops/swiglu';
import * as twin from '../../src/engine/selfTest/reference/swiglu';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { dot, gradient } from '../support/finiteDifference';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

it.each([1, 64, 37 * 99, 70_001])('swiglu of %i equals its twin, forward and backward', async (count) => {
  const [gate, up, dh] = [normals(1, count, 4), normals(2, count), normals(3, count)];
  const b = await bench();
  const input = { gate: b.f32('gate', [count], gate), up: b.f32('up', [count], up), count };
  const [h, dgate, dup] = [b.f32('h', [count]), b.f32('dgate', [count]), b.f32('dup', [count])];
  op.forward(b.rec, input, h);
  const gdh = b.f32('dh', [count], dh);
  op.backward(b.rec, input, gdh, { dGate: dgate, dUp: dup });
  const exact = twin.backward(gate, up, dh);
  expectClose(await b.read(h), twin.forward(gate, up));
  expectClose(await b.read(dgate), exact.dgate);
  expectClose(await b.read(dup), exact.dup);
  const [again, once] = [b.f32('again', [count]), { dGate: b.f32('dgate2', [count]), dUp: b.f32('dup2', [count]) }];
  op.backward(b.rec, input, gdh, { ...once, again });
  expect(await b.read(again)).toEqual(await b.read(h));
  expect(await b.read(once.dGate)).toEqual(await b.read(dgate));
  expect(await b.read(once.dUp)).toEqual(await b.read(dup));
});

it('stays finite and right for gates far out', async () => {
  const gate = Float64Array.of(-1e4, -200, -88, 0, 88, 200, 1e4);
  const ones = new Float64Array(gate.length).fill(1);
  const b = await bench();
  const h = b.f32('h', [gate.length]);
  op.forward(b.rec, { gate: b.f32('g', [7], gate), up: b.f32('u', [7], ones), count: 7 }, h);
  expectClose(await b.read(h), twin.forward(gate, ones));
});

it('the twin’s gradient is its derivative', () => {
  const [gate, up, dh] = [normals(1, 11, 2), normals(2, 11), normals(3, 11)];
  const { dgate, dup } = twin.backward(gate, up, dh);
  expectClose(
    gradient((g) => dot(twin.forward(g, up), dh), gate),
    dgate,
    tolerance.finiteDifference,
  );
  expectClose(
    gradient((u) => dot(twin.forward(gate, u), dh), up),
    dup,
    tolerance.finiteDifference,
  );
  expect(relativeError(dup, dgate)).toBeGreaterThan(0.1);
});
