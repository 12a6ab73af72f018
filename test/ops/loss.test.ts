import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/loss';
import * as twin from '../../src/engine/selfTest/reference/loss';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { gradient } from '../support/finiteDifference';
import { bench, eachFlavour } from '../support/gpu';
import {
  type Case,
  column,
  expectSame,
  kinds,
  makeCase,
  onGpu,
  runCrossEntropy,
  runDistill,
  settings,
  unscored,
} from '../support/lossRows';
import { normals, uniform } from '../support/random';

describe.each(
  eachFlavour([
    [4, 64, false],
    [1, 1, false],
    [37, 99, false],
    [6, 1423, false],
    [3, 5003, false],
    [2, 151_936, false],
    [5, 4, true],
    [37, 608, true],
    [2, 151_936, true],
  ] as const),
)('loss, kernels for %s [%i, %i], whole vectors: %s', (flavour, rows, vocabulary, whole) => {
  const c = makeCase(rows, vocabulary, { whole });

  it('cross-entropy equals its twin', async () => {
    expectSame(await runCrossEntropy(c, 0.7, {}, flavour), twin.crossEntropy(c, 0.7));
  });

  it.each(kinds)('%s mixed with cross-entropy equals its twin', async (kind) => {
    const d = settings(c, { kind });
    expectSame(await runDistill(c, d, {}, flavour), twin.distill(c, d));
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
    const small = makeCase(1, 7, { scale: 1 });
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
    const small = makeCase(3, 7, { scale: 1 });
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
    const small = makeCase(1, 11, { scale: 1 });
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
  const small = makeCase(1, 11, { scale: 1 });
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

/** Rows of logits, each largest at some columns. */
function topped(vocabulary: number, rows: readonly (readonly number[])[]): Float64Array {
  const logits = normals(3, rows.length * vocabulary);
  for (const [r, columns] of rows.entries()) for (const at of columns) logits[r * vocabulary + at] = 9;
  return logits;
}

// In two invocations; in one quad; in two quads of one invocation that are taken at once, by 8 and by 16 invocations a row.
it.each([
  [131, 200],
  [130, 131],
  [131, 163],
  [131, 195],
])('the lower of two most likely tokens is the hit: %i, %i', async (...tops) => {
  const logits = topped(300, [tops, tops]);
  const c: Case = { logits, stride: 300, vocabulary: 300, targets: tops, teacher: logits, teacherStride: 300 };
  expect(column((await runCrossEntropy(c, 1)).stats, 2)).toEqual([1, 0]);
});

it.each(kinds)('%s: two agree where they have the same most likely token, the lowest of equals', async (kind) => {
  // The same; another; equals with the same lowest; with another lowest; at the end; not compared.
  const [vocabulary, stride] = [300, 300];
  const logits = topped(vocabulary, [[7], [7], [131, 200], [131, 200], [299], [7]]);
  const teacher = topped(vocabulary, [[7], [8], [131, 250], [130, 131], [299], [7]]);
  const c = { logits, stride, vocabulary, targets: [7, 7, unscored, 131, 5, 7], teacher, teacherStride: stride };
  const d = settings(c, { kind, compared: [1, 1, 1, 1, 1, 0] });
  const actual = await runDistill(c, d);
  expect(column(actual.stats, 4)).toEqual([1, 0, 1, 0, 1, 0]);
  expectSame(actual, twin.distill(c, d));
});

it('a logit that is not finite shows in the stats and in the totals', async () => {
  const c = makeCase(3, 99);
  const broken: Case = { ...c, logits: c.logits.map((value, i) => (i === c.stride + 17 ? Number.NaN : value)) };
  const b = await bench();
  const l = onGpu(b, broken);
  const [stats, totals] = [b.f32('stats', [3, op.STATS]), b.f32('totals', [op.STATS])];
  op.crossEntropy(b.rec, l, { weight: 1 }, stats);
  op.accumulate(b.rec, stats, 3, totals);
  const sums = await b.read(totals);
  expect(column(await b.read(stats), 0).map(Number.isFinite)).toEqual([true, false, true]);
  expect(Array.from(sums, Number.isFinite)).toEqual([false, false, true, true, true]);
});

it.each([1, 37, 100_000])('accumulate adds the columns of %i rows', async (rows) => {
  const values = normals(5, rows * op.STATS).map(Math.abs);
  const start = Float64Array.of(1, 2, 3, 4, 5);
  const b = await bench();
  const totals = b.f32('totals', [op.STATS], start);
  op.accumulate(b.rec, b.f32('stats', [rows, op.STATS], values), rows, totals);
  const actual = await b.read(totals);
  const expected = twin.accumulate(values, start);
  actual.forEach((value, i) => {
    expect(Math.abs(value / expected[i]! - 1)).toBeLessThan(1e-6);
  });
  // Negative control: one row less is seen.
  expect(relativeError(actual, twin.accumulate(values.subarray(op.STATS), start))).toBeGreaterThan(1e-6);
});

it('refuses a temperature of 0 and a β at its ends', async () => {
  const c = makeCase(1, 5);
  await expect(runDistill(c, settings(c, { temperature: 0 }))).rejects.toThrow('temperature');
  await expect(runDistill(c, settings(c, { kind: 'jsd', jsdBeta: 1 }))).rejects.toThrow('strictly between');
});
