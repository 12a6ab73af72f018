/** The smaller charts, folded away until somebody wants them. */
import { type ComponentType, type LazyExoticComponent, Suspense, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { trainingStages } from '../../store';
import { recall, remember } from '../shared/remember';
import { useStudio } from '../studioContext';
import { Boundary } from './Boundary';
import type { Board } from './board';
import type { Chart as ChartComponent } from './Chart';
import { stageEntries } from './legendEntries';
import { furtherMetrics, type Metric } from './metrics';
import { metricModel } from './model';

type Props = Parameters<typeof ChartComponent>[0];

interface More {
  readonly board: Board;
  readonly Chart: LazyExoticComponent<ComponentType<Props>>;
}

const remembered = 'distillery.moreCurves';

export function MoreCurves({ board, Chart }: More) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(() => recall(remembered) === 'open');
  const { series } = useStudio();
  const there = useSyncExternalStore(series.subscribe, () =>
    drawn(board)
      .map(({ key }) => key)
      .join(),
  );
  const metrics = furtherMetrics.filter(({ key }) => there.split(',').includes(key));
  return (
    <details
      className="panel more-curves"
      open={open}
      data-testid="more-curves"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
        remember(remembered, event.currentTarget.open ? 'open' : 'closed');
      }}
    >
      <summary>
        <h2>{t('chart.more')}</h2>
        <span className="hint">{furtherMetrics.map(({ key }) => t(`chart.metric.${key}`)).join(' · ')}</span>
      </summary>
      {open && metrics.length === 0 && <p className="empty">{t('chart.more.empty')}</p>}
      {open && metrics.length > 0 && (
        <Boundary>
          <Suspense fallback={null}>
            <div className="small-charts">
              {metrics.map((metric) => (
                <MetricChart key={metric.key} {...{ board, Chart, metric }} />
              ))}
            </div>
            <p className="hint">{t('chart.hint')}</p>
          </Suspense>
        </Boundary>
      )}
    </details>
  );
}

function MetricChart({ board, Chart, metric }: More & { readonly metric: Metric }) {
  const { t } = useTranslation();
  const model = useMemo(() => metricModel(metric, board.runs, t), [metric, board, t]);
  // Renders again when a stage has its first points, as `drawn` is asked then.
  const legend = stageEntries(board.runs, t);
  return (
    <section className="chart small-chart" data-testid={`${metric.key}-chart`}>
      <Chart {...{ board, model, legend }} size="small" />
    </section>
  );
}

function drawn({ runs }: Board): readonly Metric[] {
  return furtherMetrics.filter(({ key }) =>
    runs.some(({ data }) => trainingStages.some((stage) => data.curves[stage][key].length > 0)),
  );
}
