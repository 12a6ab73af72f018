/** Share of generated answers that are right, over the steps: the untrained model is the first point of each curve. */
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type uPlot from 'uplot';
import { beganAs, type Column, type Series } from '../../store';
import { percent } from '../i18n/format';
import { useSeries, useStudio } from '../studioContext';
import { filled, fitted, stepsUpTo, valueAt } from './columns';
import { Legend, toggled } from './Legend';
import { Plot } from './Plot';
import { axes, type Theme } from './theme';

/** The merged teacher does not change while the student learns: it is the ceiling, a level line. */
const drawnSubjects = ['teacher-sft', 'teacher-merged', 'student-distilled', 'student-sft'] as const;
type Drawn = (typeof drawnSubjects)[number];

const colours: Readonly<Record<Drawn, string>> = {
  'teacher-sft': 'teacher',
  'teacher-merged': 'muted',
  'student-distilled': 'student',
  'student-sft': 'control',
};

function curve(series: Series, subject: Drawn): Column {
  const own = series.accuracy[subject];
  const beginning = beganAs[subject];
  const first = beginning && series.accuracy[beginning][0];
  // The control run is optional: it has no curve before it has run.
  if (subject === 'student-sft' && own.length === 0) return own;
  return first == null || own[0] != null ? own : [first, ...own.slice(1)];
}

export function AccuracyChart() {
  const { t } = useTranslation();
  const { series } = useStudio();
  const [hidden, setHidden] = useState<ReadonlySet<Drawn>>(new Set());
  const all = useSeries();
  const drawn = drawnSubjects.filter((subject) => filled(curve(all, subject)) > 0);

  const data = useCallback((): uPlot.AlignedData => {
    const columns = drawnSubjects.map((subject) => curve(series, subject));
    const steps = stepsUpTo([...columns, [null, null]]);
    const level = valueAt(series.accuracy['teacher-merged'], Number.POSITIVE_INFINITY) ?? null;
    const fittedColumns = drawnSubjects.map((subject, i) =>
      subject === 'teacher-merged' ? steps.map(() => level) : fitted(columns[i] ?? [], steps.length),
    );
    return [steps, ...fittedColumns];
  }, [series]);

  const readout = useCallback(
    (step: number) => {
      const said = drawnSubjects.flatMap((subject) => {
        const value = hidden.has(subject) ? undefined : valueAt(curve(series, subject), step);
        return value === undefined ? [] : `${t(`subject.${subject}`)} ${percent(value)}`;
      });
      return [t('chart.at', { step }), ...said].join(' · ');
    },
    [series, hidden, t],
  );

  const look = useCallback(
    (theme: Theme) => ({
      scales: { x: { time: false }, y: { range: [-0.03, 1.03] as [number, number] } },
      axes: axes(theme, (_, ticks) => ticks.map((tick) => (tick < 0 || tick > 1 ? '' : `${Math.round(tick * 100)}%`))),
      series: [{}, ...drawnSubjects.map((subject) => line(theme, subject, !hidden.has(subject)))],
    }),
    [hidden],
  );

  const legend = drawn.map((key) => ({
    key,
    name: t(`subject.${key}`),
    colour: colours[key],
    dashed: key === 'teacher-merged',
  }));
  return (
    <section className="panel chart" data-testid="accuracy-chart">
      <div className="panel-head">
        <h2>{t('chart.accuracy')}</h2>
      </div>
      {drawn.length === 0 ? (
        <p className="empty">{t('chart.accuracy.empty')}</p>
      ) : (
        <>
          <Legend entries={legend} hidden={hidden} toggle={(key) => setHidden(toggled(hidden, key))} />
          <Plot about={t('chart.accuracy.about')} testId="accuracy-plot" {...{ look, data, readout }} />
        </>
      )}
    </section>
  );
}

function line(theme: Theme, subject: Drawn, show: boolean): uPlot.Series {
  const stroke = theme.colour(colours[subject]);
  if (subject === 'teacher-merged') return { show, stroke, width: 1.5, dash: [6, 5], points: { show: false } };
  return { show, stroke, width: 2, spanGaps: true, points: { show: true, size: 8, fill: stroke } };
}
