/** Schemas of what the engine tells, as a kept run holds it: a value that may be missing is kept as `undefined`. */
import * as v from 'valibot';
import { subjects } from '../seriesData';
import { stageNames } from './names';

/** Of a run that went wrong, a figure may be none. */
export const number = v.custom<number>((value) => typeof value === 'number', 'it must be a number');

export const modelInfo = v.object({
  name: v.string(),
  architecture: v.string(),
  layers: number,
  hidden: number,
  heads: number,
  kvHeads: number,
  vocabulary: number,
  context: number,
  parameters: number,
  bytes: number,
});

export const adapterInfo = v.object({
  name: v.string(),
  rank: number,
  alpha: number,
  uniform: v.boolean(),
  targets: v.array(v.string()),
  modules: number,
  parameters: number,
  baseModel: v.undefinedable(v.string()),
});

export const gpuFacts = v.object({
  vendor: v.string(),
  architecture: v.string(),
  description: v.string(),
  software: v.boolean(),
  maxBindingBytes: number,
  matrices: v.picklist(['none', 'offered', 'on']),
  features: v.array(v.string()),
  limits: v.record(v.string(), number),
});

const answer = v.object({
  file: v.exactOptional(v.string()),
  line: number,
  question: v.string(),
  expected: v.string(),
  output: v.string(),
  correct: v.boolean(),
  loss: v.optional(number),
});

const measured = {
  subject: v.picklist(subjects),
  step: number,
  loss: v.undefinedable(number),
  correct: number,
  rows: number,
  complete: v.boolean(),
  judged: v.object({
    judge: v.picklist(['sum', 'sum-lenient', 'exact', 'contains', 'regex']),
    judgePattern: v.string(),
  }),
};

export const evaluationFacts = v.object(measured);
export const evaluation = v.object({ ...measured, answers: v.array(answer), worst: v.optional(v.array(answer), []) });

const shift = v.object({
  layer: number,
  projection: v.string(),
  norm: number,
  change: number,
  moved: number,
  largest: number,
});

const logits = v.object({
  rows: number,
  positions: number,
  largestGap: number,
  largestLogit: number,
  sameToken: number,
});

export const mergeReport = v.object({
  modules: v.array(shift),
  rounding: number,
  logits: v.undefinedable(logits),
});

export const stepWork = v.object({
  stage: v.picklist(stageNames),
  ops: v.record(v.string(), v.object({ dispatches: number, flops: number, bytes: number })),
});

export const held = v.object({
  planned: number,
  held: v.undefinedable(v.object({ tensors: number, others: number })),
});
