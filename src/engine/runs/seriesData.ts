/** What is measured over the steps, as plain data: columns by stage and by subject, and how they are read from a step. */
import type { Stage, StepMetrics, Subject } from '../studio';

/** Every column is indexed by the step; NaN where nothing was measured, which keeps it 8 bytes a step: with null each number is boxed. */
export type Column = number[];

export const gap = Number.NaN;

/** Undefined where nothing was measured, and beyond the column. */
export function valueAt(column: readonly number[], step: number): number | undefined {
  const value = column[step];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** Adds gaps until the column has this length. */
export function padTo(column: Column, length: number): void {
  while (column.length < length) column.push(gap);
}

/** Curves exist for the stages that take optimizer steps. */
export type TrainingStage = 'sft' | 'distill' | 'control';
export const trainingStages: readonly TrainingStage[] = ['sft', 'distill', 'control'];

export function isTrainingStage(stage: Stage | undefined): stage is TrainingStage {
  return stage === 'sft' || stage === 'distill' || stage === 'control';
}

export const subjects = [
  'teacher-base',
  'teacher-sft',
  'teacher-merged',
  'student-base',
  'student-distilled',
  'student-sft',
] as const satisfies readonly Subject[];

/** Everything that has a value in each step; what a stage does not measure stays an empty column. */
export const stepMetrics = {
  loss: (m) => m.loss,
  crossEntropy: (m) => m.crossEntropy,
  divergence: (m) => m.divergence,
  agreement: (m) => m.agreement,
  tokenAccuracy: (m) => m.tokenAccuracy,
  learningRate: (m) => m.learningRate,
  gradientNorm: (m) => m.gradientNorm,
  /** Tokens of the rows, whether computed or shared. */
  tokensPerSecond: (m) => (m.rowTokens / m.milliseconds) * 1000,
  /** MiB on the GPU. */
  memory: (m) => m.memoryHeld / 2 ** 20,
} satisfies Record<string, (metrics: StepMetrics) => number | undefined>;

export type StepMetric = keyof typeof stepMetrics;

/** `testLoss` is measured by evaluations on the way. */
export type CurveKey = StepMetric | 'testLoss';
export const curveKeys = [...(Object.keys(stepMetrics) as StepMetric[]), 'testLoss'] as const;

export type StageCurves = Readonly<Record<CurveKey, Column>>;

export interface SeriesData {
  readonly curves: Readonly<Record<TrainingStage, StageCurves>>;
  /** Share of generated answers that are right. */
  readonly accuracy: Readonly<Record<Subject, Column>>;
  /** How many rows were asked for that share. */
  readonly accuracyRows: Readonly<Record<Subject, Column>>;
}

type Loose<T> = T extends Column ? T : { readonly [K in keyof T]?: Loose<T[K]> };

/** Columns that are not there, because an older page stored them, are empty; those that are there stay the same arrays. */
export function complete({ curves, accuracy, accuracyRows }: Loose<SeriesData>): SeriesData {
  return {
    curves: byName(trainingStages, (stage) => byName(curveKeys, (key) => curves?.[stage]?.[key] ?? [])),
    accuracy: byName(subjects, (subject) => accuracy?.[subject] ?? []),
    accuracyRows: byName(subjects, (subject) => accuracyRows?.[subject] ?? []),
  };
}

/** Every column; those of two series come in the same order. */
export function columnsOf({ curves, accuracy, accuracyRows }: SeriesData): readonly Column[] {
  return [
    ...trainingStages.flatMap((stage) => curveKeys.map((key) => curves[stage][key])),
    ...subjects.flatMap((subject) => [accuracy[subject], accuracyRows[subject]]),
  ];
}

export function copy({ curves, accuracy, accuracyRows }: SeriesData): SeriesData {
  return {
    curves: byName(trainingStages, (stage) => byName(curveKeys, (key) => curves[stage][key].slice())),
    accuracy: byName(subjects, (subject) => accuracy[subject].slice()),
    accuracyRows: byName(subjects, (subject) => accuracyRows[subject].slice()),
  };
}

function byName<Name extends string, T>(names: readonly Name[], of: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, T>;
}
