/**
 * Curves of the running session in plain growing arrays outside React: hundreds of points a second must not re-render
 * the page. Listeners are told at most once per animation frame.
 */
import type { Evaluation, Stage, StepMetrics, Subject } from './types';

/** Every column is indexed by the step; null where nothing was measured. */
export type Column = (number | null)[];

export interface StageCurves {
  readonly loss: Column;
  readonly testLoss: Column;
}

/** Curves exist for the stages that take optimizer steps. */
export type TrainingStage = 'sft' | 'distill' | 'control';
export const trainingStages: readonly TrainingStage[] = ['sft', 'distill', 'control'];

export function isTrainingStage(stage: Stage | undefined): stage is TrainingStage {
  return stage === 'sft' || stage === 'distill' || stage === 'control';
}

export const subjects: readonly Subject[] = [
  'teacher-base',
  'teacher-sft',
  'teacher-merged',
  'student-base',
  'student-distilled',
  'student-sft',
];

/** The untrained model that a trained one began as: its accuracy is the first point of the curve. */
export const beganAs: Partial<Readonly<Record<Subject, Subject>>> = {
  'teacher-sft': 'teacher-base',
  'student-distilled': 'student-base',
  'student-sft': 'student-base',
};

/** What was measured over the steps, as plain data that can be stored. */
export interface SeriesData {
  readonly curves: Readonly<Record<TrainingStage, StageCurves>>;
  readonly accuracy: Readonly<Record<Subject, Column>>;
}

export interface Series extends SeriesData {
  /** The last steps of the running stage, newest last; enough for a steady rate. */
  readonly recent: readonly StepMetrics[];
  /** Grows with every change: what `useSyncExternalStore` compares. */
  readonly revision: () => number;
  readonly subscribe: (listener: () => void) => () => void;
  readonly addStep: (stage: TrainingStage, metrics: StepMetrics) => void;
  readonly addEvaluation: (stage: Stage, evaluation: Evaluation) => void;
  readonly clearStage: (stage: Stage) => void;
  readonly clearSubject: (subject: Subject) => void;
  /** Everything measured on test rows. */
  readonly clearMeasured: () => void;
  /** A copy that later steps do not change. */
  readonly snapshot: () => SeriesData;
  /** In place of all that is there. */
  readonly restore: (data: SeriesData) => void;
}

const recentSteps = 40;

/** `schedule` runs a callback at the next frame; a test passes its own. */
export function createSeries(schedule: (callback: () => void) => void = nextFrame): Series {
  const curves = { sft: emptyCurves(), distill: emptyCurves(), control: emptyCurves() };
  const accuracy = emptyAccuracy();
  const recent: StepMetrics[] = [];
  const listeners = new Set<() => void>();
  let revision = 0;
  let scheduled = false;

  const changed = (): void => {
    if (scheduled) return;
    scheduled = true;
    schedule(() => {
      scheduled = false;
      revision += 1;
      for (const listener of listeners) listener();
    });
  };

  return {
    curves,
    accuracy,
    recent,
    revision: () => revision,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    addStep: (stage, metrics) => {
      put(curves[stage].loss, metrics.step, metrics.loss);
      recent.push(metrics);
      if (recent.length > recentSteps) recent.shift();
      changed();
    },
    addEvaluation: (stage, { subject, step, loss, correct, rows }) => {
      if (rows > 0) put(accuracy[subject], step, correct / rows);
      if (loss !== undefined && isTrainingStage(stage)) put(curves[stage].testLoss, step, loss);
      changed();
    },
    clearStage: (stage) => {
      recent.length = 0;
      if (isTrainingStage(stage)) {
        curves[stage].loss.length = 0;
        curves[stage].testLoss.length = 0;
      }
      changed();
    },
    clearMeasured: () => {
      for (const column of Object.values(accuracy)) column.length = 0;
      for (const { testLoss } of Object.values(curves)) testLoss.length = 0;
      changed();
    },
    clearSubject: (subject) => {
      accuracy[subject].length = 0;
      changed();
    },
    snapshot: () => structuredClone({ curves, accuracy }),
    restore: (data) => {
      const own: SeriesData = { curves, accuracy };
      recent.length = 0;
      for (const stage of trainingStages) {
        for (const key of curveKeys) replaceBy(own.curves[stage][key], data.curves[stage][key]);
      }
      for (const subject of subjects) replaceBy(accuracy[subject], data.accuracy[subject]);
      changed();
    },
  };
}

function emptyAccuracy(): Record<Subject, Column> {
  return {
    'teacher-base': [],
    'teacher-sft': [],
    'teacher-merged': [],
    'student-base': [],
    'student-distilled': [],
    'student-sft': [],
  };
}

const curveKeys = ['loss', 'testLoss'] as const;

function emptyCurves(): { loss: Column; testLoss: Column } {
  return { loss: [], testLoss: [] };
}

function replaceBy(column: Column, by: Column): void {
  column.length = 0;
  for (const value of by) column.push(value);
}

/** Grows the column with gaps up to `index`: a sparse array would have holes that are not null. */
function put(column: Column, index: number, value: number): void {
  while (column.length < index) column.push(null);
  column[index] = value;
}

function nextFrame(callback: () => void): void {
  requestAnimationFrame(callback);
}
