/** Which curves a chart has now: a metric of the steps, or the accuracy of generated answers. */
import { beganAs, type Column, type Subject, type TrainingStage, trainingStages, valueAt, wilson } from '../../store';
import type { Translate } from '../i18n';
import type { Curve } from './curve';
import type { Metric } from './metrics';
import { overlaysFirst, type Run } from './runs';
import type { Unit } from './ticks';

export interface ChartModel {
  readonly key: string;
  readonly title: string;
  readonly about: string;
  readonly unit: Unit;
  readonly bounds?: readonly [number, number];
  /** Asked again for every picture: the columns may have grown. */
  readonly curves: (smoothing: number) => readonly Curve[];
}

export const stageColours: Readonly<Record<TrainingStage, string>> = {
  sft: 'teacher',
  distill: 'student',
  control: 'control',
};

export function metricModel(metric: Metric, runs: readonly Run[], t: Translate): ChartModel {
  return {
    key: metric.key,
    title: t(`chart.metric.${metric.key}`),
    about: t('chart.about', { what: t(`chart.metric.${metric.key}`) }),
    unit: metric.unit,
    curves: (smoothing) =>
      [...runs]
        .reverse()
        .flatMap((run) => trainingStages.flatMap((stage) => ofStage(metric, run, stage, smoothing, t))),
  };
}

function ofStage(metric: Metric, run: Run, stage: TrainingStage, smoothing: number, t: Translate): readonly Curve[] {
  const { overlay, data, tracks } = run;
  const column = data.curves[stage][metric.key];
  const test = metric.test ? data.curves[stage][metric.test] : [];
  const name = t(`stage.${stage}`);
  const common = { keys: [stage], name, colour: stageColours[stage], measured: true };
  const smooth = metric.noisy && smoothing > 0;
  const strong = smooth ? tracks.smoothed(column, smoothing) : tracks.plain(column);
  if (column.length === 0 && test.length === 0) return [];
  if (overlay) {
    const said = { name: t('chart.of', { run: overlay.name, name }), keys: [stage, overlay.key] };
    return [{ ...common, ...said, look: 'overlay', dash: overlay.dash, measured: false, track: strong }];
  }
  const curves: Curve[] = [];
  if (smooth) curves.push({ ...common, look: 'raw', track: tracks.plain(column) });
  const smoothName = smooth ? t('chart.smoothed', { name }) : name;
  curves.push({ ...common, name: smoothName, look: 'line', label: name, measured: !smooth, track: strong });
  if (test.length > 0)
    curves.push({ ...common, name: t('chart.onTest', { name }), look: 'test', track: tracks.plain(test) });
  return curves;
}

/** The merged teacher does not change while the student learns: it is the ceiling, a level line. */
type Drawn = 'teacher-merged' | 'teacher-sft' | 'student-distilled' | 'student-sft';
export const drawnSubjects: readonly Drawn[] = ['teacher-merged', 'teacher-sft', 'student-distilled', 'student-sft'];

interface SubjectLook {
  readonly key: string;
  readonly colour: string;
  readonly dash?: readonly number[];
}

export const subjectLooks: Readonly<Record<Drawn, SubjectLook>> = {
  'teacher-merged': { key: 'merged', colour: 'muted', dash: [10, 5] },
  'teacher-sft': { key: 'sft', colour: 'teacher' },
  'student-distilled': { key: 'distill', colour: 'student' },
  'student-sft': { key: 'control', colour: 'control' },
};

export function accuracyModel(runs: readonly Run[], t: Translate): ChartModel {
  return {
    key: 'accuracy',
    title: t('chart.accuracy'),
    about: t('chart.accuracy.about'),
    unit: 'share',
    bounds: [-0.03, 1.03],
    curves: () => overlaysFirst(runs).flatMap((run) => drawnSubjects.flatMap((subject) => ofSubject(run, subject, t))),
  };
}

function ofSubject({ overlay, data, tracks }: Run, subject: Drawn, t: Translate): readonly Curve[] {
  const own = data.accuracy[subject];
  const before = beganAs[subject];
  // The control run is optional: it has no curve before it has run.
  const beginning =
    subject === 'student-sft' && own.length === 0 ? undefined : before && valueAt(data.accuracy[before], 0);
  const track = beginning === undefined ? tracks.plain(own) : tracks.beginning(own, beginning);
  if (track.extremes.present === 0) return [];
  const { key, ...drawn } = subjectLooks[subject];
  const name = t(`subject.${subject}`);
  const common = { ...drawn, keys: [key], name, measured: true, track };
  if (subject === 'teacher-merged') return overlay ? [] : [{ ...common, look: 'level', label: name }];
  if (overlay) {
    const said = { name: t('chart.of', { run: overlay.name, name }), keys: [key, overlay.key] };
    return [{ ...common, ...said, look: 'overlay', dash: overlay.dash }];
  }
  const interval = (step: number) =>
    sureness(
      valueAt(track.column, step),
      rowsAt(data.accuracyRows, subject, step) ??
        (step === 0 && before ? rowsAt(data.accuracyRows, before, 0) : undefined),
    );
  return [{ ...common, look: 'points', label: name, interval }];
}

function rowsAt(rows: Readonly<Record<Subject, Column>>, subject: Subject, step: number): number | undefined {
  return valueAt(rows[subject], step);
}

function sureness(share: number | undefined, rows: number | undefined) {
  return share === undefined || rows === undefined ? undefined : { ...wilson(share * rows, rows), rows };
}
