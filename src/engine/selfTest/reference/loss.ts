/** float64 twin of shaders/loss.wgsl, from log-probabilities: no online sums, no rearranged terms. */

export interface LossRows {
  readonly logits: Float64Array;
  readonly stride: number;
  readonly vocabulary: number;
  readonly targets: readonly number[];
}

export interface Distillation {
  readonly teacher: Float64Array;
  readonly teacherStride: number;
  /** [rows]: 0 has no divergence. */
  readonly compared: readonly number[];
  readonly kind: 'forward-kl' | 'reverse-kl' | 'jsd';
  readonly jsdBeta: number;
  readonly temperature: number;
  readonly divergenceScale: number;
  readonly crossEntropyWeight: number;
  readonly divergenceWeight: number;
}

export interface LossResult {
  /** [rows, stride] */
  readonly gradient: Float64Array;
  /** [rows, 4]: cross-entropy, divergence · scale, hit, valid */
  readonly stats: Float64Array;
}

export function crossEntropy(l: LossRows, weight: number): LossResult {
  return rowByRow(l, (z, target) => {
    if (target >= l.vocabulary) return { gradient: new Float64Array(l.vocabulary), stats: [0, 0, 0, 0] };
    const logQ = logSoftmax(z, 1);
    const gradient = logQ.map((value, i) => weight * (Math.exp(value) - (i === target ? 1 : 0)));
    return {
      gradient,
      stats: [-logQ[target]!, 0, z.indexOf(z.reduce((a, b) => Math.max(a, b))) === target ? 1 : 0, 1],
    };
  });
}

export function distill(l: LossRows, d: Distillation): LossResult {
  const plain = crossEntropy(l, d.crossEntropyWeight);
  return rowByRow(l, (z, _target, r) => {
    const own = plain.gradient.subarray(r * l.stride, r * l.stride + l.vocabulary);
    const stats = plain.stats.slice(r * 4, r * 4 + 4);
    if (d.compared[r] === 0) return { gradient: own, stats };
    const teacher = d.teacher.subarray(r * d.teacherStride, r * d.teacherStride + l.vocabulary);
    const { value, slope } = divergence(d, logSoftmax(teacher, d.temperature), logSoftmax(z, d.temperature));
    const factor = (d.divergenceWeight * d.divergenceScale) / d.temperature;
    const gradient = slope.map((s, i) => own[i]! + factor * s);
    stats[1] = value * d.divergenceScale;
    return { gradient, stats };
  });
}

/** totals + column sums of stats [rows, 4] */
export function accumulate(stats: Float64Array, totals: Float64Array): Float64Array {
  const sums = totals.slice();
  stats.forEach((value, i) => {
    sums[i % 4]! += value;
  });
  return sums;
}

/** The divergence of one row and its derivative by (student's logits / T). */
export function divergence(
  { kind, jsdBeta: beta }: Pick<Distillation, 'kind' | 'jsdBeta'>,
  logP: Float64Array,
  logQ: Float64Array,
): { value: number; slope: Float64Array } {
  if (kind === 'forward-kl') {
    return { value: kl(logP, logQ), slope: logQ.map((value, i) => Math.exp(value) - Math.exp(logP[i]!)) };
  }
  if (kind === 'reverse-kl') {
    return { value: kl(logQ, logP), slope: centred(logQ, (i) => logQ[i]! - logP[i]!) };
  }
  const logM = logP.map((value, i) => {
    const [a, b] = [value + Math.log(beta), logQ[i]! + Math.log1p(-beta)];
    return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
  });
  return {
    value: beta * kl(logP, logM) + (1 - beta) * kl(logQ, logM),
    slope: centred(logQ, (i) => (1 - beta) * (logQ[i]! - logM[i]!)),
  };
}

export function logSoftmax(logits: Float64Array, temperature: number): Float64Array {
  const scaled = logits.map((value) => value / temperature);
  const top = scaled.reduce((a, b) => Math.max(a, b));
  const logSum = top + Math.log(scaled.reduce((sum, value) => sum + Math.exp(value - top), 0));
  return scaled.map((value) => value - logSum);
}

function kl(logA: Float64Array, logB: Float64Array): number {
  return logA.reduce((sum, value, i) => sum + Math.exp(value) * (value - logB[i]!), 0);
}

/** q·(s − Σ q·s) */
function centred(logQ: Float64Array, s: (i: number) => number): Float64Array {
  const mean = logQ.reduce((sum, value, i) => sum + Math.exp(value) * s(i), 0);
  return logQ.map((value, i) => Math.exp(value) * (s(i) - mean));
}

function rowByRow(
  { logits, stride, vocabulary, targets }: LossRows,
  one: (z: Float64Array, target: number, row: number) => { gradient: Float64Array; stats: ArrayLike<number> },
): LossResult {
  const gradient = new Float64Array(targets.length * stride);
  const stats = new Float64Array(targets.length * 4);
  targets.forEach((target, r) => {
    const row = one(logits.subarray(r * stride, r * stride + vocabulary), target, r);
    gradient.set(row.gradient, r * stride);
    stats.set(row.stats, r * 4);
  });
  return { gradient, stats };
}
