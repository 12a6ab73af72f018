/** Rows of logits for the tests of the loss, on the GPU and as the twin takes them. */
import { expect } from 'vitest';
import * as op from '../../src/engine/ops/loss';
import type * as twin from '../../src/engine/selfTest/reference/loss';
import { expectClose } from './compare';
import { type Bench, bench, type Flavour } from './gpu';
import { normals, uniform } from './random';

export const unscored = 0xffffffff;
export const kinds = ['forward-kl', 'reverse-kl', 'jsd'] as const;

export interface Case extends twin.LossRows {
  readonly teacher: Float64Array;
  readonly teacherStride: number;
}

// Strides wider than the vocabulary, the teacher's wider than the student's (`whole`: by whole vectors); every fifth row has
// no cross-entropy, every fourth no divergence.
export function makeCase(rows: number, vocabulary: number, { scale = 3, whole = false } = {}): Case {
  const [stride, teacherStride] = [vocabulary + (whole ? 4 : 3), vocabulary + 8];
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

export function settings(c: Case, change: Partial<twin.Distillation> = {}): twin.Distillation {
  const { teacher, teacherStride } = c;
  const compared = c.targets.map((_, r) => (r % 4 === 1 ? 0 : 1));
  const weights = { crossEntropyWeight: 0.3, divergenceWeight: 0.7, divergenceScale: 4 };
  return { teacher, teacherStride, compared, kind: 'forward-kl', jsdBeta: 0.3, temperature: 2, ...weights, ...change };
}

export function onGpu(b: Bench, c: Case, change: Partial<op.LossRows> = {}): op.LossRows {
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

export async function runDistill(c: Case, d: twin.Distillation, change: Partial<op.LossRows> = {}, flavour?: Flavour) {
  const b = await bench(flavour);
  const l = onGpu(b, c, change);
  const stats = b.f32('stats', [l.rows, op.STATS]);
  const teacher = b.f32('teacher', [l.rows, c.teacherStride], c.teacher);
  op.distill(b.rec, l, { ...d, teacher, compared: b.u32('compared', d.compared) }, stats);
  return { gradient: await b.read(l.logits), stats: await b.read(stats) };
}

export async function runCrossEntropy(c: Case, weight: number, change: Partial<op.LossRows> = {}, flavour?: Flavour) {
  const b = await bench(flavour);
  const l = onGpu(b, c, change);
  const stats = b.f32('stats', [l.rows, op.STATS]);
  op.crossEntropy(b.rec, l, { weight }, stats);
  return { gradient: await b.read(l.logits), stats: await b.read(stats) };
}

export const column = (stats: ArrayLike<number>, which: number) =>
  Array.from(stats).filter((_, i) => i % op.STATS === which);

export function expectSame(
  actual: twin.LossResult | Awaited<ReturnType<typeof runDistill>>,
  expected: twin.LossResult,
): void {
  expectClose(actual.gradient, expected.gradient);
  expectClose(column(actual.stats, 0), column(expected.stats, 0));
  expectClose(column(actual.stats, 1), column(expected.stats, 1));
  expect(column(actual.stats, 2)).toEqual(column(expected.stats, 2));
  for (const counted of [3, 4]) expect(column(actual.stats, counted)).toEqual(column(expected.stats, counted));
}
