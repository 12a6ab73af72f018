import { describe, expect, it } from 'vitest';
import { download } from '../../src/engine/gpu/transfer';
import * as op from '../../src/engine/ops/lora';
import * as linearTwin from '../../src/engine/selfTest/reference/linear';
import * as twin from '../../src/engine/selfTest/reference/lora';
import { packBf16, roundBf16 } from '../support/bf16';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { dot, gradient } from '../support/finiteDifference';
import { bench, eachFlavour } from '../support/gpu';
import { normals } from '../support/random';

const scale = 2;

function operands(rows: number, inputs: number, outputs: number, rank: number) {
  return {
    x: normals(1, rows * inputs),
    dy: normals(2, rows * outputs),
    a: normals(3, rank * inputs, 0.3),
    b: normals(4, outputs * rank, 0.3),
    w: normals(5, outputs * inputs).map(roundBf16),
  };
}

const shapes = [
  [16, 64, 32, 8, 0],
  [37, 99, 167, 8, 0.1],
  [1, 5, 3, 1, 0.5],
  [167, 32, 1423, 13, 0.1],
] as const;

describe.each(eachFlavour(shapes))(
  '%s lora rows %i, %i → %i, rank %i, dropout %f',
  (flavour, rows, inputs, outputs, rank, probability) => {
    const o = operands(rows, inputs, outputs, rank);
    const dropout = { probability, seed: 0xfeedbeef };
    const mask = twin.dropoutMask(rows, inputs, probability, dropout.seed);
    const u = twin.project(o.x, o.a, mask, inputs);
    const t = twin.backproject(o.dy, o.b, scale, rank);

    async function setup() {
      const b = await bench(flavour);
      const adapter = { a: b.f32('a', [rank, inputs], o.a), b: b.f32('b', [outputs, rank], o.b), rank, scale };
      return { b, adapter, x: b.f32('x', [rows, inputs], o.x), dy: b.f32('dy', [rows, outputs], o.dy) };
    }

    it('projects and backprojects as its twin', async () => {
      const { b, adapter, x, dy } = await setup();
      const [gpuU, gpuT] = [b.f32('u', [rows, rank]), b.f32('t', [rows, rank])];
      op.project(b.rec, { x, rows, dropout: probability }, [{ adapter, seed: dropout.seed, u: gpuU }]);
      op.backproject(b.rec, { rows }, [{ adapter, dy, t: gpuT }]);
      expectClose(await b.read(gpuU), u);
      expectClose(await b.read(gpuT), t);
    });

    it('makes both gradients as its twin, and accumulates', async () => {
      const { b, adapter, x, dy } = await setup();
      const saved = { dy, u: b.f32('u', [rows, rank], u), t: b.f32('t', [rows, rank], t) };
      const grads = { a: b.f32('da', [rank, inputs]), b: b.f32('db', [outputs, rank]) };
      const part = { adapter, ...saved, seed: dropout.seed, grads };
      op.gradients(b.rec, { x, rows, dropout: probability, accumulate: false }, [part]);
      const [da, db] = [twin.gradientA(o.x, t, mask, inputs, rank), twin.gradientB(o.dy, u, scale, outputs, rank)];
      expectClose(await b.read(grads.a), da);
      expectClose(await b.read(grads.b), db);
      op.gradients(b.rec, { x, rows, dropout: probability, accumulate: true }, [part]);
      expectClose(
        await b.read(grads.a),
        da.map((value) => 2 * value),
      );
      expectClose(
        await b.read(grads.b),
        db.map((value) => 2 * value),
      );
    });

    it('merges in f32 and rounds once', async () => {
      const { b, adapter } = await setup();
      const merged = b.bf16('merged', [outputs, inputs], new Float64Array(outputs * inputs));
      op.merge(b.rec, adapter, b.bf16('w', [outputs, inputs], o.w), merged);
      await b.rec.submit();
      const words = new Uint16Array(await download(b.gpu, merged));
      const expected = new Uint16Array(packBf16(twin.merge(o.w, o.a, o.b, scale, rank)).buffer);
      // The sum of f32 products can land on the other side of a rounding boundary: rarely, and by one unit only.
      const apart = Array.from(expected, (value, i) => Math.abs(value - words[i]!));
      expect(Math.max(...apart)).toBeLessThanOrEqual(1);
      expect(apart.filter((d) => d > 0).length).toBeLessThan(1 + expected.length * 1e-3);
      // Negative control: the base itself is far from the merged matrix.
      const base = new Uint16Array(packBf16(o.w).buffer);
      expect(base.filter((value, i) => value !== words[i]).length).toBeGreaterThan(expected.length / 4);
    });
  },
);

describe.each(eachFlavour([[true], [false]] as const))(
  '%s adapters of one input, in one buffer: %s',
  (flavour, beside) => {
    const [rows, inputs, probability] = [21, 37, 0.2];
    const x = normals(1, rows * inputs);
    const parts = [
      { outputs: 70, rank: 5, scale: 2, seed: 31 },
      { outputs: 9, rank: 17, scale: 0.5, seed: 32 },
      { outputs: 133, rank: 8, scale: 1, seed: 33 },
    ].map((part, p) => {
      const a = normals(10 + p, part.rank * inputs, 0.3);
      const b = normals(20 + p, part.outputs * part.rank, 0.3);
      const dy = normals(30 + p, rows * part.outputs);
      const mask = twin.dropoutMask(rows, inputs, probability, part.seed);
      const u = twin.project(x, a, mask, inputs);
      return { ...part, a, b, dy, mask, u, t: twin.backproject(dy, b, part.scale, part.rank) };
    });
    type Of = (typeof parts)[number];
    const dispatches = beside ? 1 : parts.length;

    async function setup() {
      const k = await bench(flavour);
      const place = (name: string, shape: (part: Of) => number[], values?: (part: Of) => Float64Array) =>
        k.place(
          parts.map((part, p) => ({ name: `${name}${p}`, shape: shape(part), values: values?.(part) })),
          { dtype: 'f32', beside },
        );
      const a = place(
        'a',
        ({ rank }) => [rank, inputs],
        (part) => part.a,
      );
      const b = place(
        'b',
        ({ outputs, rank }) => [outputs, rank],
        (part) => part.b,
      );
      const dy = place(
        'dy',
        ({ outputs }) => [rows, outputs],
        (part) => part.dy,
      );
      const adapters = parts.map(({ rank, scale: by }, p) => ({ a: a[p]!, b: b[p]!, rank, scale: by }));
      return { k, place, dy, adapters, x: k.f32('x', [rows, inputs], x) };
    }

    it('projects and backprojects each', async () => {
      const { k, place, dy, adapters, x: gx } = await setup();
      const [u, t] = ['u', 't'].map((name) => place(name, ({ rank }) => [rows, rank]));
      const made = parts.map(({ seed }, p) => ({ adapter: adapters[p]!, seed, dy: dy[p]!, u: u![p]!, t: t![p]! }));
      op.project(k.rec, { x: gx, rows, dropout: probability }, made);
      op.backproject(k.rec, { rows }, made);
      expect(k.rec.tally.total.dispatches).toBe(2 * dispatches);
      for (const [p, part] of parts.entries()) {
        expectClose(await k.read(u![p]!), part.u);
        expectClose(await k.read(t![p]!), part.t);
      }
    });

    it('makes the gradients of each, and accumulates', async () => {
      const { k, place, dy, adapters, x: gx } = await setup();
      const u = place(
        'u',
        ({ rank }) => [rows, rank],
        (part) => part.u,
      );
      const t = place(
        't',
        ({ rank }) => [rows, rank],
        (part) => part.t,
      );
      const da = place('da', ({ rank }) => [rank, inputs]);
      const db = place('db', ({ outputs, rank }) => [outputs, rank]);
      const made = parts.map(({ seed }, p) => ({
        ...{ adapter: adapters[p]!, seed, dy: dy[p]!, u: u[p]!, t: t[p]! },
        grads: { a: da[p]!, b: db[p]! },
      }));
      for (const accumulate of [false, true]) {
        op.gradients(k.rec, { x: gx, rows, dropout: probability, accumulate }, made);
      }
      expect(k.rec.tally.total.dispatches).toBe(2 * dispatches);
      for (const [p, { outputs, rank, scale: by, mask, ...part }] of parts.entries()) {
        const [ofA, ofB] = [
          twin.gradientA(x, part.t, mask, inputs, rank),
          twin.gradientB(part.dy, part.u, by, outputs, rank),
        ].map((values) => values.map((value) => 2 * value));
        expectClose(await k.read(da[p]!), ofA!);
        expectClose(await k.read(db[p]!), ofB!);
      }
    });
  },
);

describe('dropout', () => {
  it('keeps the share it should and scales it to the same mean', () => {
    const mask = twin.dropoutMask(200, 400, 0.1, 7);
    const kept = mask.filter((value) => value > 0).length / mask.length;
    expect(Math.abs(kept - 0.9)).toBeLessThan(0.005);
    expect(Math.abs(mask.reduce((sum, value) => sum + value, 0) / mask.length - 1)).toBeLessThan(0.006);
  });

  it('differs from seed to seed and repeats for one', () => {
    const mask = (seed: number) => twin.dropoutMask(20, 40, 0.5, seed);
    expect(mask(1)).toEqual(mask(1));
    const same = mask(1).filter((value, i) => value === mask(2)[i]).length / 800;
    expect(Math.abs(same - 0.5)).toBeLessThan(0.1);
  });
});

describe('the twin’s gradients are the derivatives of y = x Wᵀ + scale · dropout(x) Aᵀ Bᵀ', () => {
  const [rows, inputs, outputs, rank] = [3, 6, 5, 2];
  const o = operands(rows, inputs, outputs, rank);
  const mask = twin.dropoutMask(rows, inputs, 0.3, 9);
  const loss = (x: Float64Array, a: Float64Array, b: Float64Array) =>
    dot(
      linearTwin.forward(x, twin.project(x, a, mask, inputs), { weight: o.w, inputs, adapter: { a, b, rank, scale } }),
      o.dy,
    );
  const t = twin.backproject(o.dy, o.b, scale, rank);

  it('dA', () => {
    const exact = twin.gradientA(o.x, t, mask, inputs, rank);
    expectClose(
      gradient((a) => loss(o.x, a, o.b), o.a),
      exact,
      tolerance.finiteDifference,
    );
    const unmasked = twin.gradientA(o.x, t, new Float64Array(mask.length).fill(1), inputs, rank);
    expect(relativeError(unmasked, exact)).toBeGreaterThan(1e-2);
  });

  it('dB', () => {
    const exact = twin.gradientB(o.dy, twin.project(o.x, o.a, mask, inputs), scale, outputs, rank);
    expectClose(
      gradient((b) => loss(o.x, o.a, b), o.b),
      exact,
      tolerance.finiteDifference,
    );
  });

  it('dx', () => {
    const adapter = { a: o.a, b: o.b, rank, scale };
    const exact = linearTwin.backward(o.dy, t, mask, undefined, { weight: o.w, inputs, adapter });
    expectClose(
      gradient((x) => loss(x, o.a, o.b), o.x),
      exact,
      tolerance.finiteDifference,
    );
  });
});
