/**
 * The loss family on label rows: cross-entropy, and its mix with a divergence from the teacher. Each row's losses and what
 * is counted go to `stats`; the gradient takes the place of the student's logits.
 */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { type Work, words } from '../gpu/work';

export interface LossRows {
  /** [rows, stride]; overwritten by the gradient when `gradient` is set. */
  readonly logits: Tensor;
  readonly stride: number;
  /** Columns that count: both softmaxes are over the first `vocabulary` columns, the others get gradient 0. */
  readonly vocabulary: number;
  /** u32 [rows]: the token to predict; 0xffffffff (or any value not below `vocabulary`) has no cross-entropy. */
  readonly targets: Tensor;
  readonly rows: number;
  readonly gradient: boolean;
}

export type Divergence = 'forward-kl' | 'reverse-kl' | 'jsd';

export interface Distillation {
  /** [rows, teacherStride] */
  readonly teacher: Tensor;
  readonly teacherStride: number;
  /** u32 [rows]: 0 has no divergence. */
  readonly compared: Tensor;
  readonly kind: Divergence;
  /** β·KL(teacher ‖ m) + (1−β)·KL(student ‖ m), m = β·teacher + (1−β)·student; strictly between 0 and 1. */
  readonly jsdBeta: number;
  readonly temperature: number;
  /** Multiplies the divergence and its gradient: T² or 1. */
  readonly divergenceScale: number;
  /** Both weights include what makes a mean of the sum: 1 / (tokens of the step that have this part). */
  readonly crossEntropyWeight: number;
  readonly divergenceWeight: number;
}

/** Columns of `stats` and `totals`: cross-entropy, divergence, hit, scored, agreed; the last three are 0 or 1 in a row. */
export const STATS = 5;

const kinds: Readonly<Record<Divergence, number>> = { 'forward-kl': 0, 'reverse-kl': 1, jsd: 2 };

// The entry points share one Params; each reads its own part.
const unused = {
  vocabulary: 0,
  stride: 0,
  teacherStride: 0,
  crossEntropyWeight: 0,
  divergenceWeight: 0,
  divergenceScale: 0,
  inverseTemperature: 1,
  beta: 0,
  rows: 0,
};

/**
 * Cross-entropy at temperature 1, times `weight` in the gradient only.
 * stats [rows, STATS] = (cross-entropy, 0, whether the most likely token is the target, whether there is one, 0);
 * not-scored rows are zeros, a row with a value that is not finite has a NaN cross-entropy.
 */
export function crossEntropy(rec: Recorder, l: LossRows, { weight }: { weight: number }, stats: Tensor): void {
  rec.dispatch({
    stem: 'loss',
    entry: 'crossEntropy',
    bind: { targets: l.targets, logits: l.logits, stats },
    params: { ...unused, vocabulary: l.vocabulary, stride: l.stride, crossEntropyWeight: weight },
    constants: constantsOf(rec, l),
    grid: [l.rows],
    work: workOf(l, 1, 3),
  });
}

/**
 * The mix; stats as in `crossEntropy`, with divergence · divergenceScale in the second place, and in the last one whether
 * the most likely tokens of teacher and student are the same (the lowest of equals) where they are compared. A row may have
 * either part, both, or none. Throws on a bad β or T.
 */
export function distill(rec: Recorder, l: LossRows, d: Distillation, stats: Tensor): void {
  if (!(d.temperature > 0)) throw new Error(`the temperature must be above 0, not ${d.temperature}`);
  if (d.kind === 'jsd' && !(d.jsdBeta > 0 && d.jsdBeta < 1)) {
    throw new Error(
      `JSD needs a β strictly between 0 and 1, not ${d.jsdBeta}: its ends are zero, use forward or reverse KL`,
    );
  }
  rec.dispatch({
    stem: 'loss',
    entry: 'distill',
    bind: { teacher: d.teacher, targets: l.targets, compared: d.compared, logits: l.logits, stats },
    params: {
      ...unused,
      vocabulary: l.vocabulary,
      stride: l.stride,
      teacherStride: d.teacherStride,
      crossEntropyWeight: d.crossEntropyWeight,
      divergenceWeight: d.divergenceWeight,
      divergenceScale: d.divergenceScale,
      inverseTemperature: 1 / d.temperature,
      beta: d.jsdBeta,
    },
    constants: { ...constantsOf(rec, l, d.teacherStride), KIND: kinds[d.kind] },
    grid: [l.rows],
    work: workOf(l, 2, 14),
  });
}

/** totals[STATS] += column sums of stats[rows, STATS]; a loss that is not finite makes its sum NaN. */
export function accumulate(rec: Recorder, stats: Tensor, rows: number, totals: Tensor): void {
  const constants = { WIDTH: 64 };
  const params = { ...unused, rows };
  const work = { flops: STATS * rows, bytes: words(STATS * rows + 2 * STATS) };
  rec.dispatch({ stem: 'loss', entry: 'accumulate', bind: { stats, totals }, params, constants, grid: [1], work });
}

/** CPU adapters take vectors of four or eight invocations at once, and pay for every one at a barrier. */
function constantsOf({ software }: Recorder, { vocabulary, stride, gradient }: LossRows, teacherStride = 0) {
  return {
    WIDTH: software ? 8 : rowWidth(vocabulary),
    GRADIENT: gradient ? 1 : 0,
    WHOLE_VECTORS: (vocabulary | stride | teacherStride) % 4 === 0 ? 1 : 0,
  };
}

/** `logits` matrices are read, and the gradient written over one; `flops` per column of a row without it. */
function workOf({ rows, vocabulary, gradient }: LossRows, logits: number, flops: number): Work {
  const columns = rows * vocabulary;
  return {
    flops: columns * (flops + (gradient ? 2 * logits + 1 : 0)),
    bytes: words(columns * (logits + (gradient ? 1 : 0)) + rows * (STATS + logits)),
  };
}

/**
 * Invocations for one row of `vocabulary` columns. CPU adapters pay for every invocation at a barrier and for clearing
 * workgroup memory: on one, 16 take half the time of 64 for 1,500 columns and compile ten times faster.
 */
export function rowWidth(vocabulary: number): number {
  if (vocabulary <= 2048) return 16;
  return vocabulary <= 16_384 ? 64 : 256;
}
