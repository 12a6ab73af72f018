import { describe, expect, it } from 'vitest';
import type { GpuRecorder } from '../../src/engine/gpu/recorder';
import { slice } from '../../src/engine/gpu/tensor';
import * as linear from '../../src/engine/ops/linear';
import * as twin from '../../src/engine/selfTest/reference/linear';
import { dropoutMask } from '../../src/engine/selfTest/reference/lora';
import { roundBf16 } from '../support/bf16';
import { expectClose, relativeError } from '../support/compare';
import { bench, type TestKernel, testKernels } from '../support/gpu';
import { normals } from '../support/random';

const scale = 2;
const rank = 4;

const shapes = [
  [32, 64, 64],
  [37, 96, 99],
  [1, 8, 1],
  [5, 99, 37],
  [167, 24, 1423],
  // Terms enough for tiles to be shared by workgroups.
  [70, 520, 24],
] as const;

/** Dispatches that multiply: not those that prepare one or add up what several workgroups made. */
function products({ tally }: GpuRecorder): number {
  const multiplying = [...tally.byOp].filter(([op]) => !/Sums|halve/.test(op));
  return multiplying.reduce((sum, [, { dispatches }]) => sum + dispatches, 0);
}

/** Every case with every variant of the kernels. */
function eachVariant<T extends readonly unknown[]>(cases: readonly T[]): [TestKernel, ...T][] {
  return testKernels.flatMap((kernel) => cases.map((shape): [TestKernel, ...T] => [kernel, ...shape]));
}

describe.each(eachVariant(shapes))('linear by %s, rows %i, %i → %i', (variant, rows, inputs, outputs) => {
  const x = normals(1, rows * inputs);
  const dy = normals(2, rows * outputs);
  const weight = normals(3, outputs * inputs).map(roundBf16);
  const bias = normals(4, outputs).map(roundBf16);
  const residual = normals(5, rows * outputs);
  const a = normals(6, rank * inputs);
  const b = normals(7, outputs * rank);
  const u = normals(8, rows * rank);
  const t = normals(9, rows * rank);
  const before = normals(10, rows * inputs);
  const dropout = { probability: 0.2, seed: 11 };
  const mask = dropoutMask(rows, inputs, dropout.probability, dropout.seed);
  const adapter = { a, b, rank, scale };

  async function setup() {
    const k = await bench('software', variant);
    const gpu = {
      weight: k.bf16('w', [outputs, inputs], weight),
      bias: k.bf16('bias', [outputs], bias),
      adapter: { a: k.f32('a', [rank, inputs], a), b: k.f32('b', [outputs, rank], b), rank, scale },
    };
    return { k, gpu, x: k.f32('x', [rows, inputs], x), dy: k.f32('dy', [rows, outputs], dy) };
  }

  it('forward equals its twin, plain', async () => {
    const { k, gpu, x: gx } = await setup();
    const y = k.f32('y', [rows, outputs]);
    linear.forward(k.rec, { x: gx, rows }, [{ weight: gpu.weight, y }]);
    expectClose(await k.read(y), twin.forward(x, undefined, { weight, inputs }));
  });

  it('forward equals its twin with bias, residual and adapter', async () => {
    const { k, gpu, x: gx } = await setup();
    const y = k.f32('y', [rows, outputs]);
    const r = k.f32('r', [rows, outputs], residual);
    const low = { adapter: gpu.adapter, u: k.f32('u', [rows, rank], u) };
    linear.forward(k.rec, { x: gx, rows, residual: r }, [{ weight: gpu.weight, bias: gpu.bias, low, y }]);
    const result = await k.read(y);
    expectClose(result, twin.forward(x, u, { weight, inputs, bias, residual, adapter }));
    // Negative control: leaving any operand out shows.
    expect(relativeError(result, twin.forward(x, u, { weight, inputs, bias, adapter }))).toBeGreaterThan(1e-2);
    expect(relativeError(result, twin.forward(x, undefined, { weight, inputs, bias, residual }))).toBeGreaterThan(1e-2);
  });

  it('backward equals its twin, overwriting and accumulating, with and without adapter', async () => {
    const { k, gpu, dy: gdy } = await setup();
    const dx = k.f32('dx', [rows, inputs], before);
    const low = { adapter: gpu.adapter, t: k.f32('t', [rows, rank], t), seed: dropout.seed };
    const part = { weight: gpu.weight, dy: gdy };
    linear.backward(k.rec, { rows, dropout: dropout.probability, accumulate: true }, [{ ...part, low }], dx);
    expectClose(await k.read(dx), twin.backward(dy, t, mask, before, { weight, inputs, adapter }));
    linear.backward(k.rec, { rows, dropout: 0, accumulate: false }, [part], dx);
    expectClose(await k.read(dx), twin.backward(dy, undefined, mask, undefined, { weight, inputs }));
  });
});

describe('both kinds of tiles', () => {
  // Those of graphics cards are written out, those of CPU adapters are loops.
  it.each(['software', 'hardware'] as const)('give the same bits, %s', async (flavour) => {
    const [rows, inputs, outputs] = [150, 136, 200];
    const x = normals(1, rows * inputs);
    const dy = normals(2, rows * outputs);
    const weight = normals(3, outputs * inputs).map(roundBf16);
    const made = [];
    for (const variant of ['tiles64', 'tiles128', 'registers'] as const) {
      const k = await bench(flavour, variant);
      const [y, dx] = [k.f32('y', [rows, outputs]), k.f32('dx', [rows, inputs])];
      const part = { weight: k.bf16('w', [outputs, inputs], weight), y, dy: k.f32('dy', [rows, outputs], dy) };
      linear.forward(k.rec, { x: k.f32('x', [rows, inputs], x), rows }, [part]);
      linear.backward(k.rec, { rows, dropout: 0, accumulate: false }, [part], dx);
      made.push([...(await k.read(y)), ...(await k.read(dx))]);
    }
    expect(made[0]).toEqual(made[1]);
    // Negative control: another order of additions shows.
    expect(made[0]).not.toEqual(made[2]);
    const expected = twin.forward(x, undefined, { weight, inputs });
    expectClose(made[0]!.slice(0, rows * outputs), expected);
  });
});

describe.each(testKernels)('some columns of a wider matrix, by %s', (variant) => {
  const [rows, inputs, outputs, pitch, first] = [9, 24, 70, 200, 64];
  const x = normals(1, rows * inputs);
  const weight = normals(2, outputs * inputs).map(roundBf16);
  const wide = normals(3, rows * pitch);
  const inside = (i: number) => i % pitch >= first && i % pitch < first + outputs;

  it('forward writes them and nothing else', async () => {
    const k = await bench('software', variant);
    const y = k.f32('y', [rows, pitch], wide);
    const part = { weight: k.bf16('w', [outputs, inputs], weight), pitch, y: slice(y, first, rows * pitch - first) };
    linear.forward(k.rec, { x: k.f32('x', [rows, inputs], x), rows }, [part]);
    const result = await k.read(y);
    const expected = twin.forward(x, undefined, { weight, inputs });
    expectClose(
      result.filter((_, i) => inside(i)),
      expected,
    );
    expect(result.filter((_, i) => !inside(i))).toEqual(new Float32Array(wide.filter((_, i) => !inside(i))));
  });

  it.each([inputs, 23])('backward reads them and nothing else, %i inputs', async (some) => {
    const k = await bench('software', variant);
    const narrow = weight.slice(0, outputs * some);
    const dx = k.f32('dx', [rows, some]);
    const of = slice(k.f32('dy', [rows, pitch], wide), first, rows * pitch - first);
    const part = { weight: k.bf16('w', [outputs, some], narrow), pitch, dy: of };
    linear.backward(k.rec, { rows, dropout: 0, accumulate: false }, [part], dx);
    const dy = wide.filter((_, i) => inside(i));
    const mask = new Float64Array(rows * some).fill(1);
    expectClose(await k.read(dx), twin.backward(dy, undefined, mask, undefined, { weight: narrow, inputs: some }));
  });
});

describe.each(
  eachVariant([
    [24, 'in one buffer'],
    [24, 'in buffers of their own'],
    [264, 'in one buffer'],
    [23, 'in one buffer'],
    [23, 'in buffers of their own'],
  ] as const),
)('projections of one input by %s, %i wide, %s', (variant, inputs, where) => {
  const rows = 13;
  const probability = 0.3;
  // Widths that end within a tile, adapters of several ranks and none, biases and none.
  const parts = [
    { outputs: 170, rank: 5, scale: 2, bias: true, seed: 21 },
    { outputs: 9, rank: 0, scale: 0, bias: false, seed: 0 },
    { outputs: 233, rank: 9, scale: 0.5, bias: true, seed: 22 },
  ].map(({ outputs, rank: r, bias, ...rest }, p) => ({
    ...{ outputs, rank: r, ...rest },
    weight: normals(10 + p, outputs * inputs).map(roundBf16),
    bias: bias ? normals(20 + p, outputs).map(roundBf16) : undefined,
    a: normals(30 + p, r * inputs),
    b: normals(40 + p, outputs * r),
    u: normals(50 + p, rows * r),
    t: normals(60 + p, rows * r),
    dy: normals(70 + p, rows * outputs),
  }));
  type Of = (typeof parts)[number];
  const twinOf = ({ weight, bias, a, b, rank: r, scale: s }: Of) => ({
    ...{ weight, inputs, bias },
    ...(r > 0 ? { adapter: { a, b, rank: r, scale: s } } : {}),
  });
  const dispatches = where === 'in one buffer' ? 1 : parts.length;

  async function setup() {
    const k = await bench('software', variant);
    const place = (
      name: string,
      dtype: 'f32' | 'bf16',
      shape: (part: Of) => number[],
      values: (part: Of) => Float64Array,
    ) =>
      k.place(
        parts.map((part, p) => ({ name: `${name}${p}`, shape: shape(part), values: values(part) })),
        { dtype, beside: where === 'in one buffer' },
      );
    const adapted = place(
      'a',
      'f32',
      ({ rank: r }) => [r, inputs],
      ({ a }) => a,
    );
    const b = place(
      'b',
      'f32',
      ({ outputs, rank: r }) => [outputs, r],
      (part) => part.b,
    );
    const weight = place(
      'w',
      'bf16',
      ({ outputs }) => [outputs, inputs],
      (part) => part.weight,
    );
    const bias = place(
      'bias',
      'bf16',
      ({ outputs }) => [outputs],
      (part) => part.bias ?? new Float64Array(part.outputs),
    );
    const adapters = parts.map(({ rank: r, scale: s }, p) => ({ a: adapted[p]!, b: b[p]!, rank: r, scale: s }));
    return { k, place, weight, bias, adapters };
  }

  it('forward equals the twin of each', async () => {
    const { k, place, weight, bias, adapters } = await setup();
    const u = place(
      'u',
      'f32',
      ({ rank: r }) => [rows, r],
      (part) => part.u,
    );
    const y = place(
      'y',
      'f32',
      ({ outputs }) => [rows, outputs],
      ({ outputs }) => new Float64Array(rows * outputs),
    );
    const x = normals(1, rows * inputs);
    const made = parts.map((part, p) => ({
      ...{ weight: weight[p]!, y: y[p]!, bias: part.bias && bias[p] },
      low: part.rank > 0 ? { adapter: adapters[p]!, u: u[p]! } : undefined,
    }));
    linear.forward(k.rec, { x: k.f32('x', [rows, inputs], x), rows }, made);
    expect(products(k.rec)).toBe(dispatches);
    for (const [p, part] of parts.entries()) {
      expectClose(await k.read(y[p]!), twin.forward(x, part.rank > 0 ? part.u : undefined, twinOf(part)));
    }
  });

  it.each([false, true])('backward equals the sum of their twins, accumulating %s', async (accumulate) => {
    const { k, place, weight, adapters } = await setup();
    const t = place(
      't',
      'f32',
      ({ rank: r }) => [rows, r],
      (part) => part.t,
    );
    const dy = place(
      'dy',
      'f32',
      ({ outputs }) => [rows, outputs],
      (part) => part.dy,
    );
    const before = normals(2, rows * inputs);
    const dx = k.f32('dx', [rows, inputs], before);
    const made = parts.map(({ rank: r, seed }, p) => ({
      ...{ weight: weight[p]!, dy: dy[p]! },
      low: r > 0 ? { adapter: adapters[p]!, t: t[p]!, seed } : undefined,
    }));
    linear.backward(k.rec, { rows, dropout: probability, accumulate }, made, dx);
    expect(products(k.rec)).toBe(dispatches);
    const sum = parts.reduce<Float64Array | undefined>(
      (so, part) => {
        const mask = dropoutMask(rows, inputs, probability, part.seed);
        return twin.backward(part.dy, part.rank > 0 ? part.t : undefined, mask, so, twinOf(part));
      },
      accumulate ? before : undefined,
    );
    expectClose(await k.read(dx), sum!);
  });
});
