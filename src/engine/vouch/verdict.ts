/** How close is close for each form of the ONNX, and what follows from a set of rows. */
import type { LogitDistance, OnnxForm, VouchReason, VouchRow, VouchSummary } from './report';

export interface VouchTolerance {
  /** Of the largest difference of a position: so much, or undefined where it is no criterion. `scale`: the largest logit. */
  readonly logits: ((scale: number) => number) | undefined;
  /** Answers part only at ties. */
  readonly sameAnswers: boolean;
  /** Points of accuracy between the two, as a share. */
  readonly accuracy: number | undefined;
}

export const tolerances: Readonly<Record<OnnxForm, VouchTolerance>> = {
  // The same f32 products, summed in another order: of the largest logit 6e-7 behind the six layers of the demo teacher, 2e-6
  // behind the 24 of a 0.5B. 2^-17 (8e-6) leaves room for deeper models, whose logits reach 30. The last bit of one norm in bf16
  // changes the demo's by 2e-3.
  fp32: { logits: (scale) => Math.max(1e-4, scale / 2 ** 17), sameAnswers: true, accuracy: undefined },
  // Half precision rounds every tensor of a layer to 2^-12 of its size. Measured of the largest logit: 0.03 % behind three
  // layers, 0.08 % behind six; were 36 layers to add all theirs up, 0.5 %. Three times that is allowed, a sixth of what
  // four bits do. Answers may part at ties, so what counts is how many are right.
  fp16: { logits: (scale) => scale / 64, sameAnswers: false, accuracy: 0.005 },
  // 15 steps for a block of weights change the model itself: what it does is measured, and a person decides.
  q4: { logits: undefined, sameAnswers: false, accuracy: undefined },
};

/** The largest difference that is within the tolerance; none is where the form has no bound. */
export function allowed(form: OnnxForm, { scale }: Pick<LogitDistance, 'scale'>): number {
  return tolerances[form].logits?.(scale) ?? 0;
}

/** Rows that were compared, `asked` of them in all. */
export function summarize(form: OnnxForm, rows: readonly VouchRow[], asked: number): VouchSummary {
  const tolerance = tolerances[form];
  const count = (of: (row: VouchRow) => boolean) => rows.filter(of).length;
  const beyond = tolerance.logits ? count(({ distance }) => !(distance.largest <= allowed(form, distance))) : 0;
  const sameAnswers = count(({ difference }) => difference === undefined);
  const ties = count(({ difference }) => difference?.tie === true);
  const correct = { ours: count(({ ours }) => ours.correct), second: count(({ second }) => second.correct) };
  const apart = Math.abs(correct.ours - correct.second) / Math.max(1, rows.length);
  const broken: Readonly<Record<VouchReason, boolean>> = {
    'not-finite': rows.some(({ distance }) => !Number.isFinite(distance.largest)),
    logits: beyond > 0,
    answers: tolerance.sameAnswers && sameAnswers + ties < rows.length,
    // Of a part of the rows, one answer can be more than what is allowed of all: that says nothing before the end.
    accuracy: tolerance.accuracy !== undefined && rows.length === asked && apart > tolerance.accuracy,
  };
  const reasons = (Object.keys(broken) as VouchReason[]).filter((reason) => broken[reason]);
  return {
    verdict: reasons.length > 0 ? 'disagrees' : rows.length < asked ? 'stopped' : form === 'q4' ? 'measured' : 'agrees',
    reasons,
    largest: rows.reduce((most, { distance }) => Math.max(most, distance.largest), 0),
    mean: rows.reduce((sum, { distance }) => sum + distance.mean, 0) / Math.max(1, rows.length),
    ...{ beyond, sameAnswers, ties, correct },
  };
}
