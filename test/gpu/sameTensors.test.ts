/** Every step records the same tensors, of which what follows is kept (`joiner.ts`): seeds and rows are none of it. */
import { expect, it } from 'vitest';
import * as linear from '../../src/engine/ops/linear';
import * as lora from '../../src/engine/ops/lora';
import * as loraTwin from '../../src/engine/selfTest/reference/lora';
import { expectClose, relativeError } from '../support/compare';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

const scale = 2;

it('projections of an adapter take the seed and the rows of now', async () => {
  const [rows, inputs, rank, probability] = [9, 24, 4, 0.5];
  const [x, a] = [normals(1, rows * inputs), normals(2, rank * inputs)];
  const k = await bench();
  const u = k.f32('u', [rows, rank]);
  const adapter = { a: k.f32('a', [rank, inputs], a), b: k.f32('b', [8, rank]), rank, scale };
  const gx = k.f32('x', [rows, inputs], x);
  const made = (count: number, seed: number) => {
    lora.project(k.rec, { x: gx, rows: count, dropout: probability }, [{ adapter, seed, u }]);
    return k.read(u);
  };
  const expected = (seed: number) =>
    loraTwin.project(x, a, loraTwin.dropoutMask(rows, inputs, probability, seed), inputs);
  expectClose(await made(rows, 1), expected(1));
  // The first rows anew, the others as they were.
  const mixed = expected(2).map((value, i) => (i < 5 * rank ? value : expected(1)[i]!));
  expectClose(await made(5, 2), mixed);
  expect(relativeError(mixed, expected(1))).toBeGreaterThan(0.1);
});

it('products going back take the seed and the rows of now', async () => {
  const [rows, inputs, outputs, rank, probability] = [9, 24, 16, 4, 0.5];
  const [t, a] = [normals(1, rows * rank), normals(2, rank * inputs)];
  const k = await bench();
  const dx = k.f32('dx', [rows, inputs]);
  const adapter = { a: k.f32('a', [rank, inputs], a), b: k.f32('b', [outputs, rank]), rank, scale };
  // Without dy, what comes back is the adapter's share alone.
  const part = {
    weight: k.bf16('w', [outputs, inputs], normals(3, outputs * inputs)),
    dy: k.f32('dy', [rows, outputs]),
  };
  const low = { adapter, t: k.f32('t', [rows, rank], t) };
  const made = (count: number, seed: number) => {
    linear.backward(
      k.rec,
      { rows: count, dropout: probability, accumulate: false },
      [{ ...part, low: { ...low, seed } }],
      dx,
    );
    return k.read(dx);
  };
  const expected = (seed: number) => {
    const mask = loraTwin.dropoutMask(rows, inputs, probability, seed);
    return mask.map((kept, i) => {
      const [m, n] = [Math.floor(i / inputs), i % inputs];
      return (
        kept *
        a.reduce(
          (sum, value, at) => (at % inputs === n ? sum + value * t[m * rank + Math.floor(at / inputs)]! : sum),
          0,
        )
      );
    });
  };
  expectClose(await made(rows, 1), expected(1));
  const mixed = expected(2).map((value, i) => (i < 5 * inputs ? value : expected(1)[i]!));
  expectClose(await made(5, 2), mixed);
  expect(relativeError(mixed, expected(1))).toBeGreaterThan(0.1);
});
