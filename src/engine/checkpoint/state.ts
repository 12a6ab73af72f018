/**
 * Everything about a run in training but its tensors. The order of the rows, the masks of dropout and the learning rate are
 * functions of the recipe and the step (`data/batches.ts`, `train/schedule.ts`): the step is their whole state.
 */
import * as v from 'valibot';
import { choicesSchema } from '../choices';
import { projections } from '../model/projections';
import { recipe } from '../runs/record';
import { trainingStages } from '../runs/seriesData';

export const CHECKPOINT_VERSION = 1 as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const rank = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_536));
const finite = v.pipe(v.number(), v.finite());
const print = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));
const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const module = v.object({ rank, scale: finite });

/** SHA-256 of each tensor's bytes. */
const digests = v.object({ adapter: digest, first: digest, second: digest, events: digest });

const changes = v.object({
  /** Steps (1-based) whose rows were left out. */
  skipped: v.pipe(v.array(count), v.readonly()),
  /** The learning rate of the steps after `after`, times `factor`. */
  rates: v.pipe(v.array(v.object({ after: count, factor: v.pipe(finite, v.gtValue(0)) })), v.readonly()),
});

export type Changes = v.InferOutput<typeof changes>;
export const unchanged: Changes = { skipped: [], rates: [] };

export const checkpointSchema = v.object({
  version: v.literal(CHECKPOINT_VERSION),
  software: v.string(),
  /** Milliseconds since 1970. */
  written: v.number(),
  stage: v.picklist(trainingStages),
  /** Optimizer steps done. */
  step: v.pipe(count, v.minValue(1)),
  totalSteps: count,
  /** That the steps took, pauses and evaluations included. */
  milliseconds: v.number(),
  recipe,
  lora: v.object({
    ...{ rank, alpha: finite, targets: v.pipe(v.array(v.picklist(projections)), v.minLength(1)) },
    modules: v.optional(v.record(v.string(), module)),
  }),
  /** Of the weights that are trained and, in a distillation, of the teacher: base weights, and the adapter merged into them. */
  models: v.object({ trained: print, teacher: v.optional(print), merged: v.optional(print) }),
  /** What a person decided where the numbers went wrong. */
  changes: v.optional(changes, { skipped: [], rates: [] }),
  /** As they were tokenized and in their order. */
  rows: v.object({ count, fingerprint: print }),
  /** The kernels that computed: others round otherwise. */
  kernels: choicesSchema,
  digests,
});

export type CheckpointState = v.InferOutput<typeof checkpointSchema>;
export type CheckpointTensor = keyof CheckpointState['digests'];
