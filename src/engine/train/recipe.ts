/** The recipe of a run: its schema, its limits and every default, in this one place. */
import * as v from 'valibot';
import { judge as judgeAnswer } from '../data/judge';
import { projections } from '../model/projections';
import { StudioError, shorten } from '../studioError';
import { presetNames, withPreset } from './presets';

/** Characters of a system prompt: each row is read with it. */
const MOST_PROMPT = 100_000;
const SYSTEM_PROMPT = '你是一个有帮助的助手，按照格式帮我解决下面数学问题';

/** Every field is optional in the JSON and filled with its default; a field that is not known is an error. */
const whole = (least: number, most: number, preset: number) =>
  v.optional(
    v.pipe(
      v.number(`it must be a whole number from ${least} to ${most}`),
      v.integer(`it must be a whole number from ${least} to ${most}`),
      v.minValue(least, `it must be at least ${least}`),
      v.maxValue(most, `it must be at most ${most}`),
    ),
    preset,
  );

/** Limits as actions of their own, so that they stand in the JSON schema too. */
const above = (limit: number) => (range: string) => v.gtValue<number, number, string>(limit, range);
const least = (limit: number) => (range: string) => v.minValue<number, number, string>(limit, range);
const below = (limit: number) => (range: string) => v.ltValue<number, number, string>(limit, range);
const most = (limit: number) => (range: string) => v.maxValue<number, number, string>(limit, range);
type Limit = ReturnType<typeof above | typeof least | typeof below | typeof most>;

/** JSON cannot hold Infinity or NaN, but a recipe object in memory can. */
const real = (low: Limit, high: Limit, range: string, preset: number) => {
  const message = `it must be a number ${range}`;
  return v.optional(v.pipe(v.number(message), v.finite(message), low(message), high(message)), preset);
};

const any = most(Number.MAX_VALUE);
const positive = (preset: number) => real(above(0), any, 'above 0', preset);
const notNegative = (preset: number) => real(least(0), any, 'of 0 or more', preset);
const belowOne = (preset: number) => real(least(0), below(1), 'from 0 to below 1', preset);

const choice = <const T extends readonly [string, ...string[]]>(options: T, preset: T[number]) =>
  v.optional(v.picklist(options, `it must be one of ${options.join(', ')}`), preset);

const training = {
  learningRate: real(above(0), most(1), 'above 0 and at most 1', 1e-4),
  schedule: choice(['cosine', 'linear', 'constant'], 'cosine'),
  warmupSteps: whole(0, 1_000_000, 11),
  /** Rows per micro-step; an optimizer step has `batchSize * accumulation` rows. */
  batchSize: whole(1, 4096, 8),
  accumulation: whole(1, 4096, 1),
  epochs: whole(1, 1000, 1),
  weightDecay: notNegative(0.1),
  /** 0 switches clipping off. */
  maxGradNorm: notNegative(1),
  beta1: belowOne(0.9),
  beta2: belowOne(0.999),
  epsilon: positive(1e-8),
};

const distill = {
  ...training,
  /** Who teaches: the teacher with its SFT merged in, or as it was loaded, for one that was merged before. */
  teacher: choice(['merged', 'loaded'], 'merged'),
  divergence: choice(['forward-kl', 'reverse-kl', 'jsd'], 'forward-kl'),
  /** Weight of the teacher in the mixture of the Jensen-Shannon divergence. */
  jsdBeta: real(above(0), below(1), 'between 0 and 1, both left out', 0.5),
  temperature: real(least(0.01), most(100), 'from 0.01 to 100', 2),
  crossEntropyWeight: notNegative(0.5),
  divergenceWeight: notNegative(0.5),
  /** Of the divergences of a step: their mean, or their sum. */
  divergenceReduction: choice(['mean', 'sum'], 'mean'),
  /** False: the divergence counts where a label stands, not where it is predicted. */
  divergenceShift: v.optional(v.boolean('it must be true or false'), true),
  /** Multiplies the divergence by temperature², so that its gradient keeps its size. */
  scaleByTemperature: v.optional(v.boolean('it must be true or false'), true),
};

const lora = {
  rank: whole(1, 256, 8),
  alpha: positive(16),
  dropout: belowOne(0.1),
  targets: v.optional(
    v.pipe(
      v.array(
        v.picklist(projections, `it must be one of ${projections.join(', ')}`),
        'it must be a list of projections',
      ),
      v.minLength(1, 'it must name at least one projection'),
      v.check((list) => new Set(list).size === list.length, 'it names a projection twice'),
      v.readonly(),
    ),
    [...projections],
  ),
};

/** Rows in training and in the test loss; the questions that are asked are never cut. */
const lengths = {
  /** Tokens that every prompt and every answer is cut and filled up to; 0: as many as there are. */
  prompt: whole(0, 1_000_000, 0),
  answer: whole(0, 1_000_000, 0),
  /** The filling behind an answer is learnt like the answer. */
  labelPadding: v.optional(v.boolean('it must be true or false'), false),
};

const evaluation = {
  /** 0: only at the end. */
  everySteps: whole(0, 1_000_000, 100),
  /** Test rows asked at each evaluation on the way; all of them at the end. */
  sampleRows: whole(1, 1_000_000, 64),
  /** Test rows whose loss is measured at each evaluation on the way; of all of them at the end. */
  lossRows: whole(1, 1_000_000, 512),
  maxNewTokens: whole(1, 4096, 32),
};

const generation = {
  /** 0 is greedy. */
  temperature: v.optional(
    v.union(
      [v.pipe(v.number(), v.value(0)), v.pipe(v.number(), v.minValue(0.01), v.maxValue(100))],
      'it must be a number that is 0, or from 0.01 to 100',
    ),
    0,
  ),
  /** 0 is off. */
  topK: whole(0, 1_000_000, 0),
  topP: real(above(0), most(1), 'above 0 and at most 1', 1),
  repetitionPenalty: positive(1),
  /** The penalty that a model's generation_config.json states takes this one's place. */
  ownPenalty: v.optional(v.boolean('it must be true or false'), false),
};

const group = <const T extends v.ObjectEntries>(entries: T) =>
  v.pipe(
    v.unknown(),
    v.check((value) => !Array.isArray(value), 'it must be an object'),
    v.strictObject(entries),
    v.readonly(),
  );
/** When a training is kept, so that it can go on after whatever ends it. */
const checkpoints = {
  /** 0: not by steps. A pause, a stop and the end of an epoch are kept in any case. */
  everySteps: whole(0, 1_000_000, 0),
  /** 0: not by the clock. */
  everyMinutes: real(least(0), most(1440), 'from 0 to 1440', 1),
};

// A default goes through its schema too, so that `{}` is filled in.
export const recipeSchema = group({
  /** What the fields left out are set to; see presets.ts. */
  preset: choice(presetNames, 'clean'),
  seed: whole(0, 0xffffffff, 42),
  /** Training rows in an order drawn from the seed, another one in every epoch; false: as they stand in the file. */
  shuffle: v.optional(v.boolean('it must be true or false'), true),
  systemPrompt: v.optional(
    v.pipe(v.string('it must be text'), v.maxLength(MOST_PROMPT, `it may have ${MOST_PROMPT} characters at most`)),
    SYSTEM_PROMPT,
  ),
  judge: choice(['sum', 'sum-lenient', 'exact', 'contains', 'regex'], 'sum'),
  /** Used by the judge `regex` only. */
  judgePattern: v.optional(v.string('it must be text'), ''),
  lengths: v.optional(group(lengths), {}),
  /** What all prompts begin with is computed once, and has one dropout mask. */
  sharePrefix: v.optional(v.boolean('it must be true or false'), true),
  lora: v.optional(group(lora), {}),
  sft: v.optional(group(training), {}),
  distill: v.optional(group(distill), {}),
  evaluation: v.optional(group(evaluation), {}),
  generation: v.optional(group(generation), {}),
  checkpoints: v.optional(group(checkpoints), {}),
});

export type Recipe = v.InferOutput<typeof recipeSchema>;
export type Training = Recipe['sft'];
export type DistillTraining = Recipe['distill'];

export const defaultRecipe: Recipe = v.parse(recipeSchema, {});

/**
 * Checks a recipe and fills in what it leaves out.
 * Throws a StudioError `recipe-invalid` whose detail has `field` (for example `lora.rank`) and `reason`.
 */
export function parseRecipe(json: unknown): Recipe {
  const result = v.safeParse(recipeSchema, withPreset(json));
  if (!result.success) throw invalid(result.issues[0]);
  return checked(result.output);
}

/** Everything that is wrong with a recipe, by field; empty when it can be used. */
export function recipeProblems(json: unknown): readonly StudioError[] {
  const result = v.safeParse(recipeSchema, withPreset(json));
  if (!result.success) return result.issues.map(invalid);
  try {
    checked(result.output);
    return [];
  } catch (error) {
    if (error instanceof StudioError) return [error];
    throw error;
  }
}

/** What no field can say alone. */
function checked(recipe: Recipe): Recipe {
  const { distill: d, judge, judgePattern } = recipe;
  if (d.crossEntropyWeight + d.divergenceWeight === 0) {
    throw refuse(
      'distill.divergenceWeight',
      'it and distill.crossEntropyWeight are both 0, so there is nothing to learn',
    );
  }
  if (judge === 'regex') checkPattern(judgePattern);
  return recipe;
}

/** A pattern that cannot be used is found here, not at the first evaluation. */
function checkPattern(pattern: string): void {
  if (pattern === '') throw refuse('judgePattern', 'the judge "regex" needs a pattern');
  try {
    judgeAnswer('regex', { question: '', expected: '', output: '', pattern });
  } catch (error) {
    throw refuse('judgePattern', error instanceof Error ? error.message : String(error));
  }
}

function invalid(issue: v.BaseIssue<unknown>): StudioError {
  const field = shorten(v.getDotPath(issue) ?? '(the whole recipe)');
  if (issue.expected === 'never') return refuse(field, 'there is no such field');
  if (issue.type === 'strict_object') return refuse(field, `it must be an object, but it is ${issue.received}`);
  return refuse(field, `${issue.message}, but it is ${shorten(issue.received)}`);
}

function refuse(field: string, reason: string): StudioError {
  return new StudioError('recipe-invalid', `The recipe's field "${field}" cannot be used: ${reason}.`, {
    field,
    reason,
  });
}
