/**
 * Curves of the running session in plain growing arrays outside React: hundreds of points a second must not re-render
 * the page. Listeners are told at most once per animation frame.
 */
import {
  type Column,
  columnsOf,
  complete,
  copy,
  curveKeys,
  isTrainingStage,
  padTo,
  type SeriesData,
  type StepMetric,
  stepMetrics,
  type TrainingStage,
} from '../engine/runs/seriesData';
import type { Evaluation, Stage, StepMetrics, Subject } from './types';

export type { Column, CurveKey, SeriesData, StageCurves, StepMetric, TrainingStage } from '../engine/runs/seriesData';
export { gap, isTrainingStage, subjects, trainingStages, valueAt } from '../engine/runs/seriesData';

/** The untrained model that a trained one began as: its accuracy is the first point of the curve. */
export const beganAs: Partial<Readonly<Record<Subject, Subject>>> = {
  'teacher-sft': 'teacher-base',
  'student-distilled': 'student-base',
  'student-sft': 'student-base',
};

export interface Series extends SeriesData {
  /** The last steps of the running stage, newest last; enough for a steady rate. */
  readonly recent: readonly StepMetrics[];
  /** Grows with every change: what `useSyncExternalStore` compares. */
  readonly revision: () => number;
  /** Grows when values that were there change or go: whoever keeps something beside the columns begins anew. */
  readonly rewrites: () => number;
  readonly subscribe: (listener: () => void) => () => void;
  readonly addStep: (stage: TrainingStage, metrics: StepMetrics) => void;
  readonly addEvaluation: (stage: Stage, evaluation: Evaluation) => void;
  /** A stage begins: the last steps are of none. */
  readonly begin: () => void;
  readonly clearStage: (stage: Stage) => void;
  readonly clearSubject: (subject: Subject) => void;
  /** Everything measured on test rows. */
  readonly clearMeasured: () => void;
  /** A copy that later steps do not change. */
  readonly snapshot: () => SeriesData;
  /** In place of all that is there; columns that are missing in `data` are empty. */
  readonly restore: (data: SeriesData) => void;
}

const recentSteps = 40;

/** `schedule` runs a callback at the next frame; a test passes its own. */
export function createSeries(schedule: (callback: () => void) => void = nextFrame): Series {
  const data = complete({});
  const { curves, accuracy, accuracyRows } = data;
  const recent: StepMetrics[] = [];
  const listeners = new Set<() => void>();
  let revision = 0;
  let rewrites = 0;
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

  const clear = (columns: readonly Column[]): void => {
    rewrites += 1;
    for (const column of columns) column.length = 0;
    changed();
  };

  /** Grows the column with gaps up to `index`. */
  const put = (column: Column, index: number, value: number | undefined): void => {
    // What cannot be stored as JSON was not measured.
    if (value === undefined || !Number.isFinite(value)) return;
    if (index < column.length) rewrites += 1;
    padTo(column, index);
    column[index] = value;
  };

  return {
    ...data,
    recent,
    revision: () => revision,
    rewrites: () => rewrites,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    addStep: (stage, metrics) => {
      for (const [key, read] of readers) put(curves[stage][key], metrics.step, read(metrics));
      recent.push(metrics);
      if (recent.length > recentSteps) recent.shift();
      changed();
    },
    addEvaluation: (stage, { subject, step, loss, correct, rows }) => {
      if (rows > 0) {
        put(accuracy[subject], step, correct / rows);
        put(accuracyRows[subject], step, rows);
      }
      if (isTrainingStage(stage)) put(curves[stage].testLoss, step, loss);
      changed();
    },
    begin: () => {
      recent.length = 0;
      changed();
    },
    clearStage: (stage) => {
      recent.length = 0;
      clear(isTrainingStage(stage) ? curveKeys.map((key) => curves[stage][key]) : []);
    },
    clearMeasured: () => {
      const testLosses = Object.values(curves).map(({ testLoss }) => testLoss);
      clear([...Object.values(accuracy), ...Object.values(accuracyRows), ...testLosses]);
    },
    clearSubject: (subject) => clear([accuracy[subject], accuracyRows[subject]]),
    snapshot: () => copy(data),
    restore: (from) => {
      recent.length = 0;
      const columns = columnsOf(data);
      clear(columns);
      for (const [i, values] of columnsOf(complete(from)).entries()) append(columns[i]!, values);
    },
  };
}

const readers = Object.entries(stepMetrics) as [StepMetric, (metrics: StepMetrics) => number | undefined][];

function append(column: Column, values: Column): void {
  for (const value of values) column.push(value);
}

function nextFrame(callback: () => void): void {
  requestAnimationFrame(callback);
}
