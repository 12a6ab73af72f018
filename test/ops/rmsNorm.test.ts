import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/rmsNorm';
import * as twin from '../../src/engine/selfTest/reference/rmsNorm';
import { roundBf16 } from '../support/bf16';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { dot, gradient } from '../support/finiteDifference';
import { bench, eachFlavour } from '../support/gpu';
import { normals } from '../support/random';

const eps = 1e-6;
const shapes = [
  [4, 64],
  [1, 1],
  [37, 99],
  [3, 1423],
  // More workgroups than one line holds.
  [33_000, 2],
] as const;

describe.each(eachFlavour(shapes))('%s rmsNorm [%i, %i]', (flavour, rows, width) => {
  const x = normals(1, rows * width);
  const weight = normals(2, width).map(roundBf16);
  const dy = normals(3, rows * width);
  const add = normals(4, rows * width);

  it('forward equals its twin', async () => {
    const b = await bench(flavour);
    const y = b.f32('y', [rows, width]);
    op.forward(b.rec, { x: b.f32('x', [rows, width], x), weight: b.bf16('w', [width], weight), rows, eps }, y);
    expectClose(await b.read(y), twin.forward(x, weight, rows, eps));
  });

  it('backward equals its twin and adds the residual', async () => {
    const b = await bench(flavour);
    const dx = b.f32('dx', [rows, width]);
    const input = { x: b.f32('x', [rows, width], x), weight: b.bf16('w', [width], weight), rows, eps };
    const gdy = b.f32('dy', [rows, width], dy);
    const residual = b.f32('add', [rows, width], add);
    op.backward(b.rec, input, gdy, { add: residual, dx });
    expectClose(await b.read(dx), twin.backward(x, weight, dy, add, rows, eps));
    const [before, again] = [await b.read(dx), b.f32('again', [rows, width])];
    op.backward(b.rec, input, gdy, { add: residual, dx, again });
    expect(await b.read(dx)).toEqual(before);
    const y = b.f32('y', [rows, width]);
    op.forward(b.rec, input, y);
    expect(await b.read(again)).toEqual(await b.read(y));
    op.backward(b.rec, input, gdy, { dx });
    // Without it the gradient of a single column cancels to nothing: compared with the residual added here.
    const alone = await b.read(dx);
    expectClose(
      add.map((value, i) => value + alone[i]!),
      twin.backward(x, weight, dy, add, rows, eps),
    );
  });
});

it('the twin’s gradient is the derivative of the twin', () => {
  const [rows, width] = [3, 7];
  const [x, w, dy] = [normals(1, rows * width), normals(2, width), normals(3, rows * width)];
  const numeric = gradient((at) => dot(twin.forward(at, w, rows, eps), dy), x);
  const exact = twin.backward(x, w, dy, new Float64Array(rows * width), rows, eps);
  expectClose(numeric, exact, tolerance.finiteDifference);
  // Negative control: without the projection term the two must part.
  expect(relativeError(twin.forward(dy, w, rows, eps), exact)).toBeGreaterThan(1e-2);
});
