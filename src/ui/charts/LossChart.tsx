/** Loss of every training stage over its own steps: each step, smoothed, and on the test rows. */
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type uPlot from 'uplot';
import { type Series, smooth, type TrainingStage, trainingStages } from '../../store';
import { figure } from '../i18n/format';
import { useSeries, useStudio } from '../studioContext';
import { filled, fitted, stepsUpTo, valueAt } from './columns';
import { Legend, toggled } from './Legend';
import { Plot } from './Plot';
import { axes, endLabels, type Theme } from './theme';

const colours: Readonly<Record<TrainingStage, string>> = { sft: 'teacher', distill: 'student', control: 'control' };
const smoothing = 0.9;
const perStage = 3;

export function LossChart() {
  const { t } = useTranslation();
  const { series } = useStudio();
  const [hidden, setHidden] = useState<ReadonlySet<TrainingStage>>(new Set());
  const [log, setLog] = useState(false);
  const drawn = useDrawnStages();

  const data = useCallback((): uPlot.AlignedData => {
    const all = trainingStages.flatMap((stage) => [series.curves[stage].loss, series.curves[stage].testLoss]);
    const steps = stepsUpTo(all);
    const columns = trainingStages.flatMap((stage) => {
      const { loss, testLoss } = series.curves[stage];
      return [loss, smooth(loss, smoothing), testLoss].map((column) => fitted(column, steps.length, log));
    });
    return [steps, ...columns];
  }, [series, log]);

  const readout = useCallback(
    (step: number) => {
      const said = trainingStages.flatMap((stage) => {
        const { loss, testLoss } = series.curves[stage];
        const value = hidden.has(stage) ? null : (loss[step] ?? null);
        if (value === null) return [];
        const test = valueAt(testLoss, step);
        return `${t(`stage.${stage}`)} ${figure(value)}${test === undefined ? '' : ` (${t('chart.test')} ${figure(test)})`}`;
      });
      return [t('chart.at', { step }), ...said].join(' · ');
    },
    [series, hidden, t],
  );

  const look = useCallback(
    (theme: Theme) => ({
      scales: { x: { time: false }, y: log ? { distr: 3 as const } : {} },
      axes: axes(theme),
      series: [{}, ...trainingStages.flatMap((stage) => lines(theme.colour(colours[stage]), !hidden.has(stage)))],
      hooks: {
        draw: [
          (plot: uPlot) => {
            const labels = trainingStages.map((stage, i) => ({
              index: i * perStage + 2,
              text: t(`stage.${stage}`),
              stage,
            }));
            endLabels(
              plot,
              labels.filter(({ stage }) => !hidden.has(stage)),
              theme,
            );
          },
        ],
      },
    }),
    [hidden, log, t],
  );

  const legend = drawn.map((key) => ({ key, name: t(`stage.${key}`), colour: colours[key] }));
  return (
    <section className="panel chart" data-testid="loss-chart" data-loss-points={countPoints(series)}>
      <div className="panel-head">
        <h2>{t('chart.loss')}</h2>
        {drawn.length > 0 && (
          <label className="check small">
            <input type="checkbox" checked={log} onChange={(event) => setLog(event.target.checked)} />
            {t('chart.log')}
          </label>
        )}
      </div>
      {drawn.length === 0 ? (
        <p className="empty">{t('chart.loss.empty')}</p>
      ) : (
        <>
          <Legend entries={legend} hidden={hidden} toggle={(stage) => setHidden(toggled(hidden, stage))} />
          <Plot about={t('chart.loss.about')} testId="loss-plot" {...{ look, data, readout }} />
          <p className="line-kinds">
            <span className="kind raw">{t('chart.raw')}</span>
            <span className="kind smooth">{t('chart.smooth')}</span>
            <span className="kind test">{t('chart.test')}</span>
          </p>
        </>
      )}
    </section>
  );
}

function countPoints({ curves }: Series): number {
  return trainingStages.reduce((count, stage) => count + filled(curves[stage].loss), 0);
}

function useDrawnStages(): readonly TrainingStage[] {
  const { curves } = useSeries();
  return trainingStages.filter((stage) => curves[stage].loss.length > 0 || curves[stage].testLoss.length > 0);
}

/** Raw thin and pale, smoothed strong, test as joined dots. */
function lines(colour: string, show: boolean): uPlot.Series[] {
  return [
    { show, stroke: colour, width: 1, alpha: 0.3, points: { show: false } },
    { show, stroke: colour, width: 2.25, points: { show: false } },
    { show, stroke: colour, width: 1, dash: [4, 4], spanGaps: true, points: { show: true, size: 7, fill: colour } },
  ];
}
