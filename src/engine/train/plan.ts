/**
 * The memory plan: what a stage holds at its fullest moment, from configs, recipe and row lengths alone. Moments follow the
 * stages as they run (`stages.ts`, `trainStage.ts`, `mergeStage.ts`): what is freed when is said here once more, what is
 * allocated is counted by the allocating functions themselves.
 */
import type { Layout } from '../data/layout';
import type { ModelConfig } from '../model/config';
import type { LoraSettings } from '../model/lora';
import type { Role, Stage } from '../studio';
import { type Estimate, Estimator, nothing, oneByOne, together } from './estimate';
import { layoutFor, type RunSizes, runSizes } from './objective';
import type { Recipe, Training } from './recipe';
import type { Row } from './testLoss';

/** What stages have made already; without it, what the stages before would make with this recipe. */
export interface Kept {
  /** Adapters from elsewhere that training starts from; until it has, they are what SFT and distillation gave. */
  readonly initial?: Readonly<Partial<Record<Role, LoraSettings | undefined>>>;
  readonly sft?: LoraSettings | undefined;
  readonly merged?: LoraSettings | undefined;
  readonly distill?: LoraSettings | undefined;
  readonly control?: LoraSettings | undefined;
}

export interface PlannedModel {
  readonly config: ModelConfig;
  readonly train: readonly Row[];
  readonly test: readonly Row[];
}

export interface PlanInput {
  /** Most bytes of one binding. */
  readonly limit: number;
  readonly recipe: Recipe;
  readonly models: Readonly<Partial<Record<Role, PlannedModel>>>;
  /** Training rows that teacher and student can both use. */
  readonly shared: readonly Row[];
  readonly kept: Kept;
}

export interface StageEstimate extends Estimate {
  /** Tokens of the longest packed batch; 0 without training. */
  readonly tokens: number;
}

/** Undefined when the stage's models or rows are not there. */
export function estimateStage(input: PlanInput, stage: Stage): StageEstimate | undefined {
  const { recipe, models, shared } = input;
  const { teacher, student } = models;
  switch (stage) {
    case 'baseline':
      return teacher || student ? evaluations(input, input.kept, ['teacher', 'student'], 0) : undefined;
    case 'sft':
      return teacher && training(input, { role: 'teacher', what: 'sft', rows: teacher.train, settings: recipe.sft });
    case 'merge':
      return teacher && merging(input, teacher);
    case 'distill': {
      if (!teacher || !student) return undefined;
      const from = { settings: recipe.distill, teacher: teacher.config };
      return training(
        { ...input, kept: beforeDistilling(input) },
        { role: 'student', what: 'distill', rows: shared, ...from },
      );
    }
    case 'control':
      return (
        student && training(input, { role: 'student', what: 'control', rows: student.train, settings: recipe.distill })
      );
    case 'evaluate':
      return teacher && student && lastEvaluation(input);
    default:
      return stage satisfies never;
  }
}

/** A teacher that teaches as it was loaded needs neither SFT nor merging. */
function beforeDistilling(input: PlanInput): Kept {
  return input.recipe.distill.teacher === 'loaded' ? input.kept : afterMerge(input);
}

function afterMerge({ kept, recipe }: PlanInput): Kept {
  const { initial } = kept;
  const sft = kept.sft ?? (initial?.teacher ? undefined : recipe.lora);
  return { ...kept, sft, merged: kept.merged ?? sft ?? initial?.teacher };
}

/** The merged weights, what is measured of them, and the answers: those of an adapter from elsewhere too. */
function merging(input: PlanInput, { config, test }: PlannedModel): StageEstimate {
  const kept = afterMerge(input);
  const adapter = kept.sft ?? kept.initial?.teacher ?? input.recipe.lora;
  const proof = new Estimator(input.limit).mergeProof(config, adapter, test, input.recipe);
  const answers = [0, ...(kept.sft ? [] : [adapter.rank])].map((rank) => evaluation(input, 'teacher', rank));
  return { ...together(standing(input, kept), oneByOne(proof, ...answers)), tokens: 0 };
}

/** Models and results: there the whole stage long. */
function standing({ limit, models }: PlanInput, kept: Kept): Estimate {
  const estimator = new Estimator(limit);
  const { teacher, student } = models;
  const adapters = (config: ModelConfig, ...all: (LoraSettings | undefined)[]) =>
    all.map((lora) => (lora ? estimator.adapter(config, lora, 'adapters') : nothing));
  return together(
    teacher ? estimator.weights(teacher.config, 'teacher-weights') : nothing,
    student ? estimator.weights(student.config, 'student-weights') : nothing,
    teacher && kept.merged ? estimator.merged(teacher.config, kept.merged.targets, 'merged') : nothing,
    ...(teacher ? adapters(teacher.config, kept.initial?.teacher, kept.sft) : []),
    ...(student ? adapters(student.config, kept.initial?.student, kept.distill, kept.control) : []),
  );
}

function evaluations(input: PlanInput, kept: Kept, roles: readonly Role[], rank: number): StageEstimate {
  const moments = roles.map((role) => evaluation(input, role, rank));
  return { ...together(standing(input, kept), oneByOne(...moments)), tokens: 0 };
}

function evaluation({ limit, models, recipe }: PlanInput, role: Role, rank: number): Estimate {
  const model = models[role];
  const layout = layoutFor(recipe, anyPad, false);
  return model ? new Estimator(limit).evaluation(model.config, rank, model.test, recipe, layout) : nothing;
}

function lastEvaluation(input: PlanInput): StageEstimate {
  const merged = beforeDistilling(input);
  const given = merged.initial?.student;
  const kept = { ...merged, distill: merged.distill ?? (given ? undefined : input.recipe.lora) };
  const ranks = [kept.distill ?? given, kept.control].flatMap((lora) => lora?.rank ?? []);
  const moments = ranks.map((rank) => evaluation(input, 'student', rank));
  return {
    ...together(standing(input, kept), oneByOne(evaluation(input, 'teacher', 0), ...moments)),
    tokens: 0,
  };
}

/** Kept from plan to plan: with many rows they take longer than everything else. */
const knownSizes = new WeakMap<readonly Row[], Map<string, RunSizes>>();

/** Which token fills rows up makes no difference to their sizes. */
const anyPad = { padToken: 0 };

function sizesOf(rows: readonly Row[], { batchSize, epochs }: Training, layout: Layout): RunSizes {
  const known = knownSizes.get(rows) ?? new Map<string, RunSizes>();
  const key = JSON.stringify([batchSize, epochs, layout]);
  const sizes = known.get(key) ?? runSizes(rows, batchSize, layout, epochs);
  knownSizes.set(rows, known.set(key, sizes));
  return sizes;
}

interface Run {
  readonly role: Role;
  readonly what: 'sft' | 'distill' | 'control';
  readonly rows: readonly Row[];
  readonly settings: Training;
  readonly teacher?: ModelConfig;
}

/** The adapter before it is there until the first step; evaluations come after that, beside the run's buffers. */
function training(input: PlanInput, { role, what, rows, settings, teacher }: Run): StageEstimate | undefined {
  const { limit, models, recipe, kept } = input;
  const model = models[role];
  if (!model || rows.length === 0) return undefined;
  const { student } = models;
  const estimator = new Estimator(limit);
  const sizes = sizesOf(rows, settings, layoutFor(recipe, anyPad, teacher !== undefined));
  const lora = kept.initial?.[role] ?? recipe.lora;
  const held = kept[what];
  const rest: Kept = {
    ...kept,
    [what]: undefined,
    ...(what === 'sft' ? { merged: undefined, distill: undefined } : {}),
  };
  const earlier = together(
    held ? estimator.adapter(model.config, held, 'earlier') : nothing,
    what === 'sft' && kept.merged ? estimator.merged(model.config, kept.merged.targets, 'earlier') : nothing,
    what === 'sft' && kept.distill && student ? estimator.adapter(student.config, kept.distill, 'earlier') : nothing,
  );
  const all = together(
    standing(input, rest),
    estimator.adapter(model.config, lora, 'adapters'),
    estimator.training(model.config, lora, sizes, teacher),
    oneByOne(earlier, evaluation(input, role, lora.rank)),
  );
  return { ...all, tokens: sizes.maxTokens };
}
