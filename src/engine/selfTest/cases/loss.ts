/** Cross-entropy, every kind of distillation, and their sums; some rows without the one or the other. */
import * as op from '../../ops/loss';
import type { Bench } from '../bench';
import type { KernelCase, Results } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/loss';
import { tolerance } from '../tolerance';

const [rows, vocabulary, stride, teacherStride] = [6, 167, 170, 175];
const about = { op: 'loss', shape: `${rows} × ${vocabulary}`, tolerance: tolerance.kernel };
const NO_TARGET = 0xffff_ffff;

function operands() {
  const logits = normals(1, rows * stride, 3);
  const top = logits.subarray(0, vocabulary).reduce((a, b) => Math.max(a, b));
  // A hit, misses, and a row that is not scored.
  const targets = [logits.indexOf(top), 3, 166, 20, NO_TARGET, 0];
  return { logits, stride, vocabulary, targets, teacher: normals(2, rows * teacherStride, 3) };
}

function settings(kind: op.Divergence) {
  const weights = { crossEntropyWeight: 0.3, divergenceWeight: 0.7, divergenceScale: 4 };
  return { teacherStride, compared: [1, 0, 1, 1, 1, 1], kind, jsdBeta: 0.3, temperature: 2, ...weights };
}

function onGpu(b: Bench) {
  const { logits, targets, teacher } = operands();
  const own = { logits: b.f32('logits', [rows, stride], logits), targets: b.u32('targets', targets) };
  return {
    ...{ rows: { ...own, stride, vocabulary, rows, gradient: true }, stats: b.f32('stats', [rows, op.STATS]) },
    teacher: b.f32('teacher', [rows, teacherStride], teacher),
  };
}

/** The columns of the stats apart: a large one would hide a small one. */
function named({ gradient, stats }: { gradient: ArrayLike<number>; stats: ArrayLike<number> }): Results {
  const column = (which: number) => Array.from(stats).filter((_, i) => i % op.STATS === which);
  return {
    gradient,
    crossEntropy: column(0),
    divergence: column(1),
    hits: column(2),
    valid: column(3),
    agreed: column(4),
  };
}

function distill(kind: op.Divergence): KernelCase {
  return {
    ...{ ...about, entry: 'distill', variant: kind },
    compute: async (b) => {
      const gpu = onGpu(b);
      const { compared, ...rest } = settings(kind);
      const d = { ...rest, teacher: gpu.teacher, compared: b.u32('compared', compared) };
      op.distill(b.rec, gpu.rows, d, gpu.stats);
      return named({ gradient: await b.read(gpu.rows.logits), stats: await b.read(gpu.stats) });
    },
    expected: () => {
      const { teacher, ...own } = operands();
      return named(twin.distill(own, { ...settings(kind), teacher }));
    },
  };
}

const [before, stats] = [[1, 2, 3, 4, 5], normals(5, 37 * op.STATS).map(Math.abs)];

export const cases: readonly KernelCase[] = [
  {
    ...{ ...about, entry: 'crossEntropy' },
    compute: async (b) => {
      const gpu = onGpu(b);
      op.crossEntropy(b.rec, gpu.rows, { weight: 0.7 }, gpu.stats);
      return named({ gradient: await b.read(gpu.rows.logits), stats: await b.read(gpu.stats) });
    },
    expected: () => named(twin.crossEntropy(operands(), 0.7)),
  },
  ...(['forward-kl', 'reverse-kl', 'jsd'] as const).map(distill),
  {
    ...{ ...about, entry: 'accumulate', shape: `37 × ${op.STATS}` },
    compute: async (b) => {
      const totals = b.f32('totals', [op.STATS], before);
      op.accumulate(b.rec, b.f32('stats', [37, op.STATS], stats), 37, totals);
      return { totals: await b.read(totals) };
    },
    expected: () => ({ totals: twin.accumulate(stats, Float64Array.from(before)) }),
  },
];
