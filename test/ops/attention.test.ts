import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/attention';
import { type Packed, pack, picked } from '../../src/engine/selfTest/packed';
import * as twin from '../../src/engine/selfTest/reference/attention';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { dot, gradient } from '../support/finiteDifference';
import { type Bench, bench, eachFlavour } from '../support/gpu';
import { normals } from '../support/random';

type Heads = { heads: number; kvHeads: number; headDim: number };

function random(shape: Packed & Heads) {
  const wide = shape.queries * shape.heads * shape.headDim;
  const narrow = shape.seenBy.length * shape.kvHeads * shape.headDim;
  return { q: normals(1, wide), k: normals(2, narrow), v: normals(3, narrow), dOut: normals(4, wide) };
}

/** Kernels of CPU adapters, kernels of graphics cards, and what else the latter can be told to share. */
const ways = {
  software: { flavour: 'software', sharing: undefined },
  shared: { flavour: 'hardware', sharing: undefined },
  'shared by few': { flavour: 'software', sharing: { width: 64, rows: 1, block: 32, parts: 2 } },
  'shared by fewest': { flavour: 'software', sharing: { width: 8, rows: 1, block: 8, parts: 1 } },
  'shared by many': { flavour: 'software', sharing: { width: 256, rows: 4, block: 64, parts: 16 } },
} as const;
type Way = keyof typeof ways;

async function onGpu(shape: Packed & Heads, x: ReturnType<typeof random>, b: Bench, sharing?: op.Attention['sharing']) {
  const like = (name: string, data: Float64Array, fill = true) => b.f32(name, [data.length], fill ? data : undefined);
  const [out, dq, dk, dv] = [
    like('out', x.q, false),
    like('dq', x.q, false),
    like('dk', x.k, false),
    like('dv', x.v, false),
  ];
  const stats = b.f32('stats', [shape.queries, shape.heads, 2]);
  const [keyStart, keyEnd] = [b.u32('keyStart', shape.keyStart), b.u32('keyEnd', shape.keyEnd)];
  const tensors = { q: like('q', x.q), k: like('k', x.k), v: like('v', x.v), keyStart, keyEnd };
  const a = { ...shape, ...tensors, keys: shape.seenBy.length, pairs: 0, sharing };
  op.forward(b.rec, a, out, stats);
  const saved = { seenBy: b.u32('seenBy', shape.seenBy.flat()), out, stats };
  op.backward(b.rec, a, saved, like('dOut', x.dOut), { dq, dk, dv });
  const read = { out: await b.read(out), lse: (await b.read(stats)).filter((_, i) => i % 2 === 0) };
  return { ...read, dq: await b.read(dq), dk: await b.read(dk), dv: await b.read(dv) };
}

const long = pack(0, new Array<number>(16_500).fill(2));

// Compiling takes most of the time: heads and groups of a size are met again where a shape is about something else.
const shapes = [
  ['T=37, no prefix', pack(0, [1, 20, 16]), { heads: 2, kvHeads: 2, headDim: 16 }],
  ['T=99, odd vectors', pack(7, [30, 1, 1, 60]), { heads: 6, kvHeads: 2, headDim: 20 }],
  ['T=167, one row', pack(0, [167]), { heads: 7, kvHeads: 1, headDim: 64 }],
  ['T=220, 8 rows', pack(12, [26, 26, 26, 26, 26, 26, 26, 26]), { heads: 4, kvHeads: 2, headDim: 32 }],
  ['T=90, widest', pack(64, [13, 13]), { heads: 2, kvHeads: 1, headDim: 128 }],
  ['T=5, only a prefix', pack(5, []), { heads: 2, kvHeads: 1, headDim: 4 }],
  ['T=37, heads of 2, groups of 7', pack(4, [20, 13]), { heads: 7, kvHeads: 1, headDim: 2 }],
  ['T=37, heads of 2, one each', pack(0, [37]), { heads: 1, kvHeads: 1, headDim: 2 }],
  [
    'T=60, some queries',
    picked(pack(9, [20, 1, 30]), [8, 20, 28, 29, 31, 58, 59]),
    { heads: 6, kvHeads: 2, headDim: 20 },
  ],
  ['T=40, one query', picked(pack(0, [25, 15]), [24]), { heads: 4, kvHeads: 2, headDim: 32 }],
  ['T=33, rows that begin in the middle of a vector', pack(3, [17, 13]), { heads: 3, kvHeads: 3, headDim: 6 }],
  ['T=41, a slice and two elements', pack(5, [20, 16]), { heads: 6, kvHeads: 2, headDim: 34 }],
  ['T=58, groups of 7, heads of 64', pack(22, [18, 18]), { heads: 14, kvHeads: 2, headDim: 64 }],
  ['T=23, groups of 8, heads of 256', pack(3, [9, 11]), { heads: 8, kvHeads: 1, headDim: 256 }],
] as const;

const cases = [
  ...(['software', 'shared'] as const).flatMap((way) => shapes.map((shape) => [way, ...shape] as const)),
  ...shapes
    .filter(([, , { headDim }]) => [20, 256].includes(headDim))
    .map((shape) => ['shared by few', ...shape] as const),
  ...shapes.filter(([, , { headDim }]) => headDim === 20).map((shape) => ['shared by many', ...shape] as const),
  // More workgroups than one line holds.
  ['software', 'T=33,000, some queries', picked(long, [1, 20_000, 32_999]), { heads: 64, kvHeads: 64, headDim: 2 }],
  ['shared by fewest', 'T=33,000, rows of two', long, { heads: 1, kvHeads: 1, headDim: 4 }],
] as const;

describe.each<readonly [Way, string, Packed, Heads]>(cases)('attention, %s, %s', (way, _name, packed, heads) => {
  const shape = { ...packed, ...heads };
  const { flavour, sharing } = ways[way];

  it('forward and all gradients equal the twin', async () => {
    const x = random(shape);
    const gpu = await onGpu(shape, x, await bench(flavour), sharing);
    const exact = { ...twin.forward(x, shape), ...twin.backward(x, shape, x.dOut) };
    for (const name of ['out', 'lse', 'dq', 'dk', 'dv'] as const) expectClose(gpu[name], exact[name]);
    expect(relativeError(gpu.dk, exact.dv)).toBeGreaterThan(0.1);
  });
});

const small = { ...pack(3, [4, 1, 5]), heads: 4, kvHeads: 2, headDim: 4 };

describe.each(['software', 'shared'] as const)('attention, %s', (way) => {
  const { flavour, sharing } = ways[way];

  it('keeps its sums when later keys have much larger scores', async () => {
    const shape = { ...pack(0, [167]), heads: 7, kvHeads: 1, headDim: 64 };
    const x = random(shape);
    x.k.forEach((value, i) => {
      x.k[i] = value * (0.1 + i / 1500);
    });
    const gpu = await onGpu(shape, x, await bench(flavour), sharing);
    const exact = twin.forward(x, shape);
    expect(Math.max(...exact.lse)).toBeGreaterThan(20);
    expectClose(gpu.out, exact.out);
    expectClose(gpu.lse, exact.lse);
  });

  it('a query without keys gets zeros, and gives none a gradient', async () => {
    const { seenBy, keyStart, keyEnd, ...rest } = { ...pack(0, [3, 4]), heads: 4, kvHeads: 2, headDim: 4 };
    const seen = seenBy.map(([from, to], j) => [from, j < 3 ? 2 : to] as const);
    const shape = { ...rest, keyStart, keyEnd: keyEnd.with(2, keyStart[2]!), seenBy: seen };
    const x = random(shape);
    const gpu = await onGpu(shape, x, await bench(flavour), sharing);
    const exact = { ...twin.forward(x, shape), ...twin.backward(x, shape, x.dOut) };
    for (const name of ['out', 'dq', 'dk', 'dv'] as const) expectClose(gpu[name], exact[name]);
    expect([...gpu.out.subarray(32, 48), ...gpu.dq.subarray(32, 48)]).toEqual(new Array(32).fill(0));
    // Negative control: with its keys it would have got something.
    expect(relativeError(exact.out, twin.forward(x, { ...shape, keyEnd }).out)).toBeGreaterThan(0.1);
  });

  it('gives the same bits twice', async () => {
    const shape = { ...pack(7, [30, 1, 1, 60]), heads: 6, kvHeads: 2, headDim: 20 };
    const x = random(shape);
    const [once, again] = [
      await onGpu(shape, x, await bench(flavour), sharing),
      await onGpu(shape, x, await bench(flavour), sharing),
    ];
    expect(again).toEqual(once);
    expect(again.dk).not.toEqual(once.dv);
  });
});

it('the twin equals a softmax over the whole masked matrix', () => {
  const x = random(small);
  expectClose(twin.forward(x, small).out, naive(x, small, true), 1e-12);
  // Negative control: rows that see each other.
  expect(relativeError(twin.forward(x, small).out, naive(x, small, false))).toBeGreaterThan(1e-2);
});

const some = { ...small, ...picked(small, [2, 4, 7, 9]) };

it('some queries of a batch get what they get among all, and give keys and values the gradient of the others’ zeros', () => {
  const [x, width] = [random(small), small.heads * small.headDim];
  const rowsOf = (from: Float64Array) =>
    Float64Array.from([2, 4, 7, 9].flatMap((t) => [...from.subarray(t * width, (t + 1) * width)]));
  const few = { ...x, q: rowsOf(x.q), dOut: rowsOf(x.dOut) };
  x.dOut.forEach((_, i) => {
    if (![2, 4, 7, 9].includes(Math.floor(i / width))) x.dOut[i] = 0;
  });
  const [all, asked] = [twin.backward(x, small, x.dOut), twin.backward(few, some, few.dOut)];
  expectClose(twin.forward(few, some).out, rowsOf(twin.forward(x, small).out), 1e-12);
  expectClose(asked.dq, rowsOf(all.dq), 1e-12);
  expectClose(asked.dk, all.dk, 1e-12);
  expectClose(asked.dv, all.dv, 1e-12);
});

const derivatives = ([4, 6] as const).flatMap((headDim) =>
  (['q', 'k', 'v'] as const).map((name) => [name, headDim] as const),
);

it.each(derivatives)('the twin’s gradient of %s is its derivative, headDim %i', (name, headDim) => {
  const shape = { ...small, headDim };
  const x = random(shape);
  const numeric = gradient((at) => dot(twin.forward({ ...x, [name]: at }, shape).out, x.dOut), x[name]);
  const exact = twin.backward(x, shape, x.dOut);
  expectClose(numeric, exact[`d${name}`], tolerance.finiteDifference);
  expect(relativeError(x[name], exact[`d${name}`])).toBeGreaterThan(1e-2);
});

it.each(['software', 'hardware'] as const)('a shared prefix equals rows computed one by one, %s', async (flavour) => {
  const x = random(small);
  x.dOut.fill(0, 0, small.prefix * small.heads * small.headDim);
  const gpu = await onGpu(small, x, await bench(flavour));
  const [own, other] = [{ ...x }, { dk: new Float64Array(x.k.length), dv: new Float64Array(x.v.length) }];
  let first = small.prefix;
  for (const length of [4, 1, 5]) {
    const row = { ...pack(0, [small.prefix + length]), heads: 4, kvHeads: 2, headDim: 4 };
    const tokens = [...Array(small.prefix).keys(), ...Array.from({ length }, (_, i) => first + i)];
    const pick = (from: Float64Array, width: number) =>
      Float64Array.from(tokens.flatMap((t) => [...from.subarray(t * width, (t + 1) * width)]));
    const alone = { q: pick(own.q, 16), k: pick(own.k, 8), v: pick(own.v, 8), dOut: pick(own.dOut, 16) };
    const done = await onGpu(row, alone, await bench(flavour));
    expectClose(gpu.out.subarray(first * 16, (first + length) * 16), done.out.subarray(small.prefix * 16));
    expectClose(gpu.dq.subarray(first * 16, (first + length) * 16), done.dq.subarray(small.prefix * 16));
    for (const name of ['dk', 'dv'] as const) {
      tokens.forEach((t, i) => {
        for (let d = 0; d < 8; d++) other[name][t * 8 + d] = other[name][t * 8 + d]! + done[name][i * 8 + d]!;
      });
    }
    first += length;
  }
  expectClose(gpu.dk, other.dk);
  expectClose(gpu.dv, other.dv);
});

const decoded = eachFlavour([
  [4, 32],
  [2, 6],
  [16, 128],
] as const);

it.each(decoded)(
  '%s: one query per sequence over its own slots of a cache, %i heads of %i',
  async (flavour, heads, headDim) => {
    const [kvHeads, prefix, capacity] = [2, 5, 80];
    const [queries, slots] = [3, prefix + 3 * capacity];
    const keyStart = [0, 1, 2].map((i) => prefix + i * capacity);
    const keyEnd = keyStart.map((start, i) => start + [1, 80, 17][i]!);
    const shape = { heads, kvHeads, headDim, prefix, queries, keyStart, keyEnd };
    const [q, k, v] = [
      normals(1, queries * heads * headDim),
      normals(2, slots * kvHeads * headDim),
      normals(3, slots * kvHeads * headDim),
    ];
    const b = await bench(flavour);
    const [out, stats] = [b.f32('out', [q.length]), b.f32('stats', [queries * heads * 2])];
    const tensors = { q: b.f32('q', [q.length], q), k: b.f32('k', [k.length], k), v: b.f32('v', [v.length], v) };
    const places = { keyStart: b.u32('s', keyStart), keyEnd: b.u32('e', keyEnd) };
    op.forward(b.rec, { ...shape, ...tensors, ...places, keys: slots, pairs: 0 }, out, stats);
    expectClose(await b.read(out), twin.forward({ q, k, v }, shape).out);
    const short = twin.forward({ q, k, v }, { ...shape, keyEnd: keyEnd.map((end) => end - 1) });
    expect(relativeError(await b.read(out), short.out)).toBeGreaterThan(1e-2);
  },
);

it('refuses head shapes it cannot serve', async () => {
  const b = await bench();
  const t = b.f32('t', [64]);
  const sizes = { prefix: 0, queries: 1, keys: 1, pairs: 1, heads: 2, kvHeads: 2, headDim: 16 };
  const a = { q: t, k: t, v: t, keyStart: t, keyEnd: t, ...sizes };
  expect(() => op.forward(b.rec, { ...a, headDim: 17 }, t, t)).toThrow('an even head dimension');
  expect(() => op.forward(b.rec, { ...a, heads: 3 }, t, t)).toThrow('cannot share');
});

/** All queries × all keys, masked (`separate`) or with rows that see each other. */
function naive({ q, k, v }: twin.Inputs, s: Packed & Heads, separate: boolean): Float64Array {
  const out = new Float64Array(q.length);
  const sees = (t: number, j: number) => j <= t && (!separate || j < s.prefix || j >= s.keyStart[t]!);
  for (let row = 0; row < s.queries * s.heads; row++) {
    const [t, h] = [Math.floor(row / s.heads), row % s.heads];
    const at = (j: number) => (j * s.kvHeads + Math.floor((h * s.kvHeads) / s.heads)) * s.headDim;
    const vector = q.subarray(row * s.headDim, (row + 1) * s.headDim);
    const weights = Array.from({ length: s.queries }, (_, j) =>
      sees(t, j) ? Math.exp(dot(vector, k.subarray(at(j), at(j) + s.headDim)) / Math.sqrt(s.headDim)) : 0,
    );
    const total = weights.reduce((sum, w) => sum + w, 0);
    for (let d = 0; d < s.headDim; d++) {
      out[row * s.headDim + d] = weights.reduce((sum, w, j) => sum + (w / total) * v[at(j) + d]!, 0);
    }
  }
  return out;
}
