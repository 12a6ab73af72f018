/** What a training stage logged, under the names that Transformers' Trainer and TRL give such figures. */
import { type Column, type CurveKey, type TrainingStage, valueAt } from '../runs/seriesData';
import { recipeAsRun, type WholeRun } from '../runs/wholeRun';
import type { Subject } from '../studio';
import type { Training } from '../train/recipe';
import { totalSteps } from '../train/schedule';

export interface LoggedStep {
  readonly step: number;
  /** As the Trainer counts: 1 when every row was seen once. */
  readonly epoch: number;
  /** By name; what was not measured is missing. */
  readonly train: Readonly<Record<string, number>>;
  readonly evaluated: Readonly<Record<string, number>>;
}

export interface StageLog {
  readonly stage: TrainingStage;
  readonly training: Training;
  /** Steps taken, and those that were to be. */
  readonly steps: number;
  readonly planned: number;
  readonly done: boolean;
  readonly milliseconds: number;
  /** Rows that it learnt from. */
  readonly rows: number | undefined;
  readonly log: readonly LoggedStep[];
}

/** `testLoss` is no figure of training. */
export const trainNames: Readonly<Record<Exclude<CurveKey, 'testLoss'>, string>> = {
  loss: 'loss',
  learningRate: 'learning_rate',
  gradientNorm: 'grad_norm',
  crossEntropy: 'cross_entropy',
  divergence: 'divergence',
  agreement: 'teacher_agreement',
  tokenAccuracy: 'mean_token_accuracy',
  tokensPerSecond: 'tokens_per_second',
  memory: 'gpu_memory_mib',
};

/** `samples`: test rows that were asked for the accuracy. */
export const evaluatedNames = ['loss', 'accuracy', 'samples'] as const;

export const learners: Readonly<Record<TrainingStage, Subject>> = {
  sft: 'teacher-sft',
  distill: 'student-distilled',
  control: 'student-sft',
};

/** Undefined for a stage that has taken no step. */
export function stageLog(run: WholeRun, stage: TrainingStage): StageLog | undefined {
  const { record, curves } = run;
  const steps = curves.curves[stage].loss.length - 1;
  if (steps < 1) return undefined;
  const kept = record.stages[stage];
  const recipe = kept?.recipe ?? recipeAsRun(record);
  const training = stage === 'sft' ? recipe.sft : recipe.distill;
  const done = kept?.state === 'done';
  const rows = record.data.train?.rows;
  const planned = kept?.totalSteps ?? (done || !rows ? steps : totalSteps(rows, training));
  const epochAt = (step: number) => (step * training.epochs) / planned;
  return {
    ...{ stage, training, steps, planned, done, milliseconds: kept?.milliseconds ?? 0, rows },
    log: Array.from({ length: steps + 1 }, (_, step) => logged(run, stage, step, epochAt(step))),
  };
}

function logged(
  { curves: { curves, accuracy, accuracyRows } }: WholeRun,
  stage: TrainingStage,
  step: number,
  epoch: number,
) {
  const columns = curves[stage];
  const subject = learners[stage];
  const at = (column: Column) => valueAt(column, step);
  const train = Object.entries(trainNames).map(([key, name]) => [name, at(columns[key as keyof typeof trainNames])]);
  const evaluated = { loss: at(columns.testLoss), accuracy: at(accuracy[subject]), samples: at(accuracyRows[subject]) };
  return { step, epoch, train: known(train), evaluated: known(Object.entries(evaluated)) };
}

function known(entries: readonly (readonly unknown[])[]): Readonly<Record<string, number>> {
  return Object.fromEntries(entries.filter(([, value]) => typeof value === 'number'));
}
