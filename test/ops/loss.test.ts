import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/loss';
import * as twin from '../../src/engine/selfTest/reference/loss';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { gradient } from '../support/finiteDifference';
import { type Bench, bench } from '../support/gpu';
import { normals, uniform } from '../support/random';

const unscored = 0xffffffff;
const kinds = ['forward-kl', 'reverse-kl', 'jsd'] as const;

interface Case extends twin.LossRows {
  readonly teacher: Float64Array;
  readonly teacherStride: number;
}

// Strides wider than the vocabulary, the teacher's wider than the student's; every fifth row has no cross-entropy, every
// fourth no divergence.
function makeCase(rows: number, vocabulary: number, scale = 3): Case {
  const [stride, teacherStride] = [vocabulary + 3, vocabulary + 8];
  const next = uniform(7);
  const logits = normals(1, rows * stride, scale);
  const targets = Array.from({ length: rows }, (_, r) => {
    if (r % 5 === 4) return unscored;
    // Every other target is the most likely token, so that both hits and misses occur.
    const row = logits.subarray(r * stride, r * stride + vocabulary);
    return r % 2 === 0 ? row.indexOf(row.reduce((a, b) => Math.max(a, b))) : Math.floor(next() * vocabulary);
  });
  return { logits, stride, vocabulary, targets, teacher: normals(2, rows * teacherStride, scale), teacherStride };
}

function settings(c: Case, change: Partial<twin.Distillation> = {}): twin.Distillation {
  const { teacher, teacherStride } = c;
  const compared = c.targets.map((_, r) => (r % 4 === 1 ? 0 : 1));
  const weights = { crossEntropyWeight: 0.3, divergenceWeight: 0.7, divergenceScale: 4 };
  return { teacher, teacherStride, compared, kind: 'forward-kl', jsdBeta: 0.3, temperature: 2, ...weights, ...change };
}

function onGpu(b: Bench, c: Case, change: Partial<op.LossRows> = {}): op.LossRows {
  const rows = c.targets.length;
  const logits = b.f32('logits', [rows, c.stride], c.logits);
  return {
    logits,
    stride: c.stride,
    vocabulary: c.vocabulary,
    targets: b.u32('targets', c.targets),
    rows,
    gradient: true,
    ...change,
  };
}

async function runDistill(c: Case, d: twin.Distillation, change: Partial<op.LossRows> = {}) {
  const b = await bench();
  const l = onGpu(b, c, change);
  const stats = b.f32('stats', [l.rows, 4]);
  const teacher = b.f32('teacher', [l.rows, c.teacherStride], c.teacher);
  op.distill(b.rec, l, { ...d, teacher, compared: b.u32('compared', d.compared) }, stats);
  return { gradient: await b.read(l.logits), stats: await b.read(stats) };
}

async function runCrossEntropy(c: Case, weight: number, change: Partial<op.LossRows> = {}) {
  const b = await bench();
  const l = onGpu(b, c, change);
  const stats = b.f32('stats', [l.rows, 4]);
  op.crossEntropy(b.rec, l, { weight }, stats);
  return { gradient: await b.read(l.logits), stats: await b.read(stats) };
}

const column = (stats: ArrayLike<number>, which: number) => Array.from(stats).filter((_, i) => i % 4 === which);

function expectSame(actual: twin.LossResult | Awaited<ReturnType<typeof runDistill>>, expected: twin.LossResult): void {
  expectClose(actual.gradient, expected.gradient);
  expectClose(column(actual.stats, 0), column(expected.stats, 0));
  expectClose(column(actual.stats, 1), column(expected.stats, 1));
  expect(column(actual.stats, 2)).toEqual(column(expected.stats, 2));
  expect(column(actual.stats, 3)).toEqual(column(expected.stats, 3));
}

describe.each([
  [4, 64],
  [1, 1],
  [37, 99],
  [6, 1423],
  [3, 5003],
  [2, 151_936],
] as const)('loss [%i, %i]', (rows, vocabulary) => {
  const c = makeCase(rows, vocabulary);

  it('cross-entropy equals its twin', async () => {
    expectSame(await runCrossEntropy(c, 0.7), twin.crossEntropy(c, 0.7));
  });

  it.each(kinds)('%s mixed with cross-entropy equals its twin', async (kind) => {
    const d = settings(c, { kind });
    expectSame(await runDistill(c, d), twin.distill(c, d));
  });
});

describe.each(kinds)('%s', (kind) => {
  const c = makeCase(6, 167);

  it.each([
    { temperature: 1, divergenceScale: 1 },
    { temperature: 0.5, divergenceScale: 0.25 },
    { crossEntropyWeight: 0 },
    { divergenceWeight: 0 },
    { jsdBeta: 0.9 },
  ])('equals its twin with %o', async (change) => {
    const d = settings(c, { kind, ...change });
    expectSame(await runDistill(c, d), twin.distill(c, d));
  });

  it('leaves the logits alone when no gradient is asked for', async () => {
    const d = settings(c, { kind });
    const actual = await runDistill(c, d, { gradient: false });
    expect(Array.from(actual.gradient)).toEqual(Array.from(c.logits));
    expectClose(actual.stats, twin.distill(c, d).stats);
    // Negative control: another temperature gives other values.
    expect(relativeError(actual.stats, twin.distill(c, { ...d, temperature: 1 }).stats)).toBeGreaterThan(1e-2);
  });

  it('keeps the digits of the divergence when the student is close to the teacher', async () => {
    const near = makeCase(5, 1423);
    const noise = normals(9, near.logits.length, 1e-2);
    const teacher = near.logits.map((value, i) => Math.fround(value + noise[i]!));
    const close: Case = { ...near, teacher, teacherStride: near.stride };
    const d = settings(close, { kind });
    const [actual, expected] = [await runDistill(close, d), twin.distill(close, d)];
    expect(Math.max(...column(expected.stats, 1))).toBeLessThan(1e-3);
    expectClose(column(actual.stats, 1), column(expected.stats, 1));
  });

  it('is exactly zero, and so is its gradient, when the student is the teacher', async () => {
    const same: Case = { ...c, teacher: c.logits, teacherStride: c.stride };
    const { gradient: slope, stats } = await runDistill(same, settings(same, { kind, crossEntropyWeight: 0 }));
    expect(Math.max(...slope.map(Math.abs))).toBe(0);
    expect(Math.max(...column(stats, 1))).toBe(0);
  });

  it('stays finite on extreme logits', async () => {
    const hard = extremes();
    const d = settings(hard, { kind });
    const [actual, expected] = [await runDistill(hard, d), twin.distill(hard, d)];
    expect(actual.gradient.every(Number.isFinite) && actual.stats.every(Number.isFinite)).toBe(true);
    expectSame(actual, expected);
  });

  it('the twin’s gradient is the derivative of the twin', () => {
    const small = makeCase(1, 7, 1);
    const d = settings(small, { kind });
    const objective = (at: Float64Array) => {
      const { stats } = twin.distill({ ...small, logits: at }, d);
      return d.crossEntropyWeight * stats[0]! + d.divergenceWeight * stats[1]!;
    };
    const exact = twin.distill(small, d).gradient;
    expectClose(gradient(objective, small.logits), exact, tolerance.finiteDifference);
    // Negative control: without the chain rule's 1/T the two part.
    const wrong = twin.distill(small, { ...d, divergenceWeight: d.divergenceWeight * d.temperature }).gradient;
    expect(relativeError(wrong, exact)).toBeGreaterThan(1e-2);
  });

  it('the twin’s gradient has the parts that a row has, and no other', () => {
    const small = makeCase(3, 7, 1);
    const parts: Case = { ...small, targets: [small.targets[0]!, unscored, small.targets[2]!] };
    const d = settings(parts, { kind, compared: [0, 1, 1] });
    const objective = (at: Float64Array) => {
      const { stats } = twin.distill({ ...parts, logits: at }, d);
      const [crossEntropy, divergence] = [column(stats, 0), column(stats, 1)];
      return [0, 1, 2].reduce(
        (sum, r) => sum + d.crossEntropyWeight * crossEntropy[r]! + d.divergenceWeight * divergence[r]!,
        0,
      );
    };
    const exact = twin.distill(parts, d);
    expect(column(exact.stats, 3)).toEqual([1, 0, 1]);
    expectClose(gradient(objective, parts.logits), exact.gradient, tolerance.finiteDifference);
    // Negative control: a part where it is not scored shows.
    for (const compared of [
      [1, 1, 1],
      [0, 0, 1],
    ]) {
      expect(relativeError(twin.distill(parts, { ...d, compared }).gradient, exact.gradient)).toBeGreaterThan(1e-2);
    }
  });

  it('the twin is the formula written plainly', () => {
    const small = makeCase(1, 11, 1);
    const [p, q] = [plainSoftmax(small.teacher, 11, 2), plainSoftmax(small.logits, 11, 2)];
    const m = p.map((value, i) => 0.3 * value + 0.7 * q[i]!);
    const formulas = {
      'forward-kl': plainKl(p, q),
      'reverse-kl': plainKl(q, p),
      jsd: 0.3 * plainKl(p, m) + 0.7 * plainKl(q, m),
    };
    expect(twin.distill(small, settings(small, { kind })).stats[1]! / 4).toBeCloseTo(formulas[kind], 12);
  });
});

function plainSoftmax(logits: Float64Array, count: number, temperature: number): number[] {
  const powers = Array.from(logits.subarray(0, count), (value) => Math.exp(value / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((value) => value / sum);
}

function plainKl(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * Math.log(value / b[i]!), 0);
}

/** Rows: equal logits; one-hot against one-hot elsewhere; one-hot against flat; flat against one-hot; all at ±1e4. */
function extremes(): Case {
  const [rows, vocabulary] = [5, 99];
  const next = uniform(3);
  const fill = (shape: (r: number, i: number) => number) =>
    Float64Array.from({ length: rows * vocabulary }, (_, at) => shape(Math.floor(at / vocabulary), at % vocabulary));
  const spike = (i: number, where: number) => (i === where ? 1e4 : -1e4);
  const logits = fill((r, i) => [1e4, spike(i, 3), spike(i, 50), 0, next() < 0.5 ? 1e4 : -1e4][r]!);
  const teacher = fill((r, i) => [-1e4, spike(i, 70), 0, spike(i, 3), next() < 0.5 ? 1e4 : -1e4][r]!);
  return { logits, stride: vocabulary, vocabulary, targets: [0, 3, 4, 98, 5], teacher, teacherStride: vocabulary };
}

it('cross-entropy is −log softmax, and the twin’s gradient its derivative', () => {
  const small = makeCase(1, 11, 1);
  const { stats, gradient: exact } = twin.crossEntropy(small, 1);
  expect(stats[0]).toBeCloseTo(-Math.log(plainSoftmax(small.logits, 11, 1)[small.targets[0]!]!), 12);
  const numeric = gradient((at) => twin.crossEntropy({ ...small, logits: at }, 1).stats[0]!, small.logits);
  expectClose(numeric, exact, tolerance.finiteDifference);
  // Negative control: another target has another gradient.
  const other = twin.crossEntropy({ ...small, targets: [(small.targets[0]! + 1) % 11] }, 1).gradient;
  expect(relativeError(other, exact)).toBeGreaterThan(1e-2);
});

it('cross-entropy keeps the digits of a confident row', async () => {
  const logits = normals(4, 99);
  logits[7] = 20;
  const c: Case = { logits, stride: 99, vocabulary: 99, targets: [7], teacher: logits, teacherStride: 99 };
  const expected = twin.crossEntropy(c, 1);
  expect(expected.stats[0]).toBeLessThan(1e-6);
  expectSame(await runCrossEntropy(c, 1), expected);
});

it('the lowest of several most likely tokens is the hit', async () => {
  const logits = new Float64Array(2 * 300);
  for (const at of [131, 200, 300 + 131, 300 + 200]) logits[at] = 5;
  const c: Case = { logits, stride: 300, vocabulary: 300, targets: [131, 200], teacher: logits, teacherStride: 300 };
  expect(column((await runCrossEntropy(c, 1)).stats, 2)).toEqual([1, 0]);
});

it('a logit that is not finite shows in the stats and in the totals', async () => {
  const c = makeCase(3, 99);
  const broken: Case = { ...c, logits: c.logits.map((value, i) => (i === c.stride + 17 ? Number.NaN : value)) };
  const b = await bench();
  const l = onGpu(b, broken);
  const [stats, totals] = [b.f32('stats', [3, 4]), b.f32('totals', [4])];
  op.crossEntropy(b.rec, l, { weight: 1 }, stats);
  op.accumulate(b.rec, stats, 3, totals);
  const sums = await b.read(totals);
  expect(column(await b.read(stats), 0).map(Number.isFinite)).toEqual([true, false, true]);
  expect(Array.from(sums, Number.isFinite)).toEqual([false, false, true, true]);
});

it.each([1, 37, 100_000])('accumulate adds the columns of %i rows', async (rows) => {
  const values = normals(5, rows * 4).map(Math.abs);
  const start = Float64Array.of(1, 2, 3, 4);
  const b = await bench();
  const totals = b.f32('totals', [4], start);
  op.accumulate(b.rec, b.f32('stats', [rows, 4], values), rows, totals);
  const actual = await b.read(totals);
  const expected = twin.accumulate(values, start);
  actual.forEach((value, i) => {
    expect(Math.abs(value / expected[i]! - 1)).toBeLessThan(1e-6);
  });
  // Negative control: one row less is seen.
  expect(relativeError(actual, twin.accumulate(values.subarray(4), start))).toBeGreaterThan(1e-6);
});

it('refuses a temperature of 0 and a β at its ends', async () => {
  const c = makeCase(1, 5);
  await expect(runDistill(c, settings(c, { temperature: 0 }))).rejects.toThrow('temperature');
  await expect(runDistill(c, settings(c, { kind: 'jsd', jsdBeta: 1 }))).rejects.toThrow('strictly between');
});
