/**
 * A run as it is kept: everything small about it. Curves and answers are kept beside it, trained adapters as files. What is
 * read back is checked against this schema, whoever wrote it.
 */
import * as v from 'valibot';
import { parseRecipe, type Recipe } from '../train/recipe';
import { adapterInfo, evaluationFacts, gpuFacts, held, mergeReport, modelInfo, number, stepWork } from './facts';
import { adapterNames, splitNames, stageNames } from './names';
import { subjects } from './seriesData';

export const RECORD_VERSION = 1;

/** A recipe of an earlier version is filled in with what was not there to be chosen yet. */
export const recipe = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset, addIssue, NEVER }): Recipe => {
    try {
      return parseRecipe(dataset.value);
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
      return NEVER;
    }
  }),
);

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const stageStates = ['idle', 'running', 'paused', 'done', 'stopped', 'failed', 'interrupted'] as const;

const stage = v.object({
  state: v.picklist(stageStates),
  steps: count,
  milliseconds: v.number(),
  /** Optimizer steps that a training stage was to take; missing where an earlier version wrote it. */
  totalSteps: v.optional(count),
  /** What it really ran with. */
  recipe: v.optional(recipe),
  /** Key of its checkpoints, while it has not come to its end. */
  checkpoint: v.optional(v.pipe(v.string(), v.regex(/^[\w-]+$/))),
  /** The step whose loss exploded, until the stage is started again. */
  exploded: v.optional(count),
  /** The run that it was taken along from, where it still belongs to the same rows and models. */
  from: v.optional(v.string()),
});

/** Where a model came from: only the demo's and stored ones can be had again without asking. */
export const modelSource = v.variant('kind', [
  v.object({ kind: v.literal('demo') }),
  v.object({ kind: v.literal('stored'), key: v.string(), name: v.string() }),
  v.object({ kind: v.literal('files'), name: v.string() }),
]);

const model = v.object({ source: modelSource, info: modelInfo, adapter: v.optional(adapterInfo) });

const rows = v.object({
  name: v.string(),
  demo: v.boolean(),
  rows: count,
  /** Lines that could not be used. */
  problems: count,
  /** SHA-256 of the file, hexadecimal; missing where it could not be computed. */
  fingerprint: v.optional(v.string()),
});

export const demoValues = v.array(
  v.object({
    path: v.string(),
    value: v.union([v.number(), v.string()]),
    role: v.picklist(['teacher', 'student'] as const),
  }),
);

/** `run` and `folder` say where it lies: a run that goes on with an adapter of an earlier one shares its files. */
const adapter = v.object({ run: v.string(), folder: v.string(), files: v.array(v.string()), bytes: count });

const loss = v.object({ step: count, train: number, test: v.optional(number) });

export const runSchema = v.object({
  version: v.literal(RECORD_VERSION),
  id: v.pipe(v.string(), v.regex(/^[\w-]+$/)),
  name: v.string(),
  note: v.string(),
  software: v.string(),
  /** Milliseconds since 1970. */
  started: v.number(),
  changed: v.number(),
  gpu: v.optional(gpuFacts),
  models: v.object({ teacher: v.optional(model), student: v.optional(model) }),
  data: v.record(v.picklist(splitNames), rows),
  /** The settings as they stood last, and what of them the demo pair had set. */
  recipe,
  demoValues,
  includeControl: v.boolean(),
  stages: v.record(v.picklist(stageNames), stage),
  /** The evaluation that stands for each model, without its answers. */
  measured: v.record(v.picklist(subjects), evaluationFacts),
  /** At the last step of a training stage. */
  losses: v.record(v.picklist(stageNames), loss),
  lastMeasured: v.optional(v.picklist(subjects)),
  mergeReport: v.optional(mergeReport),
  stepWork: v.optional(stepWork),
  held: v.record(v.picklist(stageNames), held),
  adapters: v.record(v.picklist(adapterNames), adapter),
});

export type RunRecord = v.InferOutput<typeof runSchema>;
export type KeptStage = v.InferOutput<typeof stage>;
export type KeptAdapter = v.InferOutput<typeof adapter>;
export type KeptModel = v.InferOutput<typeof model>;
export type KeptSource = v.InferOutput<typeof modelSource>;

/** Undefined for what no version of this studio has written. */
export function readRun(value: unknown): RunRecord | undefined {
  const result = v.safeParse(runSchema, value);
  return result.success ? result.output : undefined;
}

const places = v.object({
  adapters: v.record(v.string(), v.object({ run: v.string(), folder: v.string() })),
  stages: v.optional(v.record(v.string(), v.object({ checkpoint: v.optional(v.string()) })), {}),
});

export interface Places {
  readonly adapters: readonly Pick<KeptAdapter, 'run' | 'folder'>[];
  /** Keys. */
  readonly checkpoints: readonly string[];
}

/** Where the files of a run lie, of one that a newer version has written too; undefined when that is nowhere to be read. */
export function readPlaces(value: unknown): Places | undefined {
  const result = v.safeParse(places, value);
  if (!result.success) return undefined;
  const { adapters, stages } = result.output;
  return {
    adapters: Object.values(adapters),
    checkpoints: Object.values(stages).flatMap(({ checkpoint }) => checkpoint ?? []),
  };
}
