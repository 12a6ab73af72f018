/** Schemas of what the engine tells, as a kept run holds it. */
import * as v from 'valibot';
import { stageNames } from './names';
import { subjects } from './seriesData';

/** Of a run that went wrong, a figure may be none; JSON has null for it. */
export const number = v.union([
  v.custom<number>((value) => typeof value === 'number', 'it must be a number'),
  v.pipe(
    v.null(),
    v.transform(() => Number.NaN),
  ),
]);

/** There and undefined where there was none: JSON leaves such keys out. */
const maybe = <const T extends v.GenericSchema>(schema: T) => v.optional(schema, () => undefined);

/** Where a model comes from and under which terms, as far as its folder or its Hub says. */
const origin = v.object({
  repository: v.optional(v.string()),
  commit: v.optional(v.string()),
  licence: v.optional(
    v.object({
      ...{ id: v.string(), link: maybe(v.string()), commercial: v.boolean() },
      ownTerms: v.optional(v.boolean()),
    }),
  ),
  stated: v.picklist(['hub', 'card', 'file', 'nowhere']),
});

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
  origin: v.optional(origin),
});

export const adapterInfo = v.object({
  name: v.string(),
  rank: number,
  alpha: number,
  uniform: v.boolean(),
  targets: v.array(v.string()),
  modules: number,
  parameters: number,
  baseModel: maybe(v.string()),
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
  loss: maybe(number),
  correct: number,
  rows: number,
  complete: v.boolean(),
  judged: v.object({
    judge: v.picklist(['sum', 'sum-lenient', 'exact', 'contains', 'regex']),
    judgePattern: v.string(),
  }),
};

export const evaluationFacts = v.object(measured);
/** Without answers where a folder was to hold no rows. */
export const evaluation = v.object({
  ...measured,
  answers: v.optional(v.array(answer), []),
  worst: v.optional(v.array(answer), []),
});

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
  logits: maybe(logits),
});

export const stepWork = v.object({
  stage: v.picklist(stageNames),
  ops: v.record(v.string(), v.object({ dispatches: number, flops: number, bytes: number })),
});

export const held = v.object({
  planned: number,
  held: maybe(v.object({ tensors: number, others: number })),
});
