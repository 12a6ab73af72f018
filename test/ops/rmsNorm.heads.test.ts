/** Norms of the heads of queries and keys in one dispatch: what two by themselves give (`rmsNorm`), to the same bits. */
import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/rmsNorm';
import * as twin from '../../src/engine/selfTest/reference/rmsNorm';
import { roundBf16 } from '../support/bf16';
import { expectClose } from '../support/compare';
import { type Bench, bench, eachFlavour } from '../support/gpu';
import { normals } from '../support/random';

const eps = 1e-6;
const shapes = [
  [1, 1, 2],
  [64, 64, 128],
  // Groups of neither are full.
  [70, 30, 99],
  [5, 129, 64],
  // More workgroups than one line holds: the keys are in the second one.
  [32_771, 9, 2],
] as const;

describe.each(eachFlavour(shapes))(
  '%s %i heads of queries, %i of keys, of %i',
  (flavour, queryRows, keyRows, width) => {
    const one = (seed: number, rows: number) => {
      const weight = normals(seed + 1, width).map(roundBf16);
      return { rows, weight, x: normals(seed, rows * width), dy: normals(seed + 2, rows * width) };
    };
    const rows = { q: one(1, queryRows), k: one(4, keyRows) };
    const kinds = ['q', 'k'] as const;

    function input(b: Bench): op.HeadNorms {
      const { q, k } = rows;
      const weights = { q: b.bf16('qWeight', [width], q.weight), k: b.bf16('kWeight', [width], k.weight) };
      const [queries, keys] = [b.f32('q', [queryRows, width], q.x), b.f32('k', [keyRows, width], k.x)];
      return { q: queries, k: keys, weights, queryRows, keyRows, eps };
    }
    const alone = (norms: op.HeadNorms, kind: 'q' | 'k') => {
      return { x: norms[kind], weight: norms.weights[kind], rows: rows[kind].rows, eps };
    };

    it('forward', async () => {
      const b = await bench(flavour);
      const norms = input(b);
      const normed = { q: b.f32('qNormed', [queryRows, width]), k: b.f32('kNormed', [keyRows, width]) };
      op.forwardHeads(b.rec, norms, normed);
      for (const kind of kinds) {
        const { x, weight, rows: count } = rows[kind];
        const y = b.f32('y', [count, width]);
        op.forward(b.rec, alone(norms, kind), y);
        const given = await b.read(normed[kind]);
        expect(given).toEqual(await b.read(y));
        expectClose(given, twin.forward(x, weight, count, eps));
      }
    });

    it('backward, in place', async () => {
      const b = await bench(flavour);
      const norms = input(b);
      const d = { q: b.f32('dq', [queryRows, width], rows.q.dy), k: b.f32('dk', [keyRows, width], rows.k.dy) };
      op.backwardHeads(b.rec, norms, d);
      for (const kind of kinds) {
        const { x, weight, dy, rows: count } = rows[kind];
        const dx = b.f32('dx', [count, width]);
        op.backward(b.rec, alone(norms, kind), b.f32('dy', [count, width], dy), { dx });
        const given = await b.read(d[kind]);
        expect(given).toEqual(await b.read(dx));
        // Columns of few cancel to nearly nothing: compared with as much added as there was before.
        const plus = (values: ArrayLike<number>) => dy.map((value, i) => value + values[i]!);
        expectClose(plus(given), twin.backward(x, weight, dy, dy, count, eps));
      }
    });
  },
);
