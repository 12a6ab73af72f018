/** All curves: loss and accuracy large, the others on demand. The drawing itself is loaded when there is something to draw. */
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { trainingStages } from '../../store';
import { useSession, useStudio } from '../studioContext';
import { Boundary } from './Boundary';
import type { Board } from './board';
import { isMeasured, stageEntries, subjectEntries } from './legendEntries';
import { MoreCurves } from './MoreCurves';
import { lossMetric } from './metrics';
import { accuracyModel, drawnSubjects, metricModel } from './model';
import { liveRun, overlayRuns } from './runs';
import { ViewTools } from './ViewTools';
import { createView } from './view';

const load = () => import('./Chart');
const Chart = lazy(async () => ({ default: (await load()).Chart }));

export function Charts() {
  const board = useBoard();
  // After the first view, and before it is needed: a page that was left open must not ask the server during training.
  useEffect(() => void load().catch(() => {}), []);
  return (
    <div className="curves" data-testid="charts">
      <ViewTools board={board} />
      <div className="charts">
        <LossChart board={board} />
        <AccuracyChart board={board} />
      </div>
      <MoreCurves board={board} Chart={Chart} />
    </div>
  );
}

function useBoard(): Board {
  const { series } = useStudio();
  const overlays = useSession((s) => s.overlays);
  const [view] = useState(createView);
  const live = useMemo(() => liveRun(series), [series]);
  return useMemo(() => ({ view, runs: [live, ...overlayRuns(overlays)] }), [view, live, overlays]);
}

function LossChart({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const panel = useLossPoints(board);
  const stages = useWhatIsThere(() => stageEntries(board.runs, t).map(({ key }) => key));
  const model = useMemo(() => metricModel(lossMetric, board.runs, t), [board, t]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the entries follow from what is there
  const legend = useMemo(() => stageEntries(board.runs, t), [board, t, stages]);
  return (
    <section ref={panel} className="panel chart large" data-testid="loss-chart" data-loss-points="0">
      <Drawn there={stages !== ''} title={model.title} empty={t('chart.loss.empty')}>
        <Chart {...{ board, model, legend }} size="large">
          <p className="line-kinds">
            <span className="kind raw">{t('chart.raw')}</span>
            <span className="kind smooth">{t('chart.smooth')}</span>
            <span className="kind test">{t('chart.test')}</span>
          </p>
        </Chart>
      </Drawn>
    </section>
  );
}

function AccuracyChart({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const subjects = useWhatIsThere(() =>
    drawnSubjects.filter((subject) => board.runs.some((run) => isMeasured(run, subject))),
  );
  const model = useMemo(() => accuracyModel(board.runs, t), [board, t]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the entries follow from what is there
  const legend = useMemo(() => subjectEntries(board.runs, t), [board, t, subjects]);
  return (
    <section className="panel chart large" data-testid="accuracy-chart">
      <Drawn there={subjects !== ''} title={model.title} empty={t('chart.accuracy.empty')}>
        <Chart {...{ board, model, legend }} size="large">
          <p className="line-kinds">
            <span className="kind sureness">{t('chart.sureness')}</span>
            <span className="kind ceiling">{t('chart.ceiling')}</span>
          </p>
        </Chart>
      </Drawn>
    </section>
  );
}

interface DrawnProps {
  readonly there: boolean;
  readonly title: string;
  readonly empty: string;
  readonly children: ReactNode;
}

function Drawn({ there, title, empty, children }: DrawnProps) {
  const waiting = (text: string) => (
    <>
      <div className="chart-head">
        <h2>{title}</h2>
      </div>
      <p className="empty">{text}</p>
    </>
  );
  if (!there) return waiting(empty);
  return (
    <Boundary>
      <Suspense fallback={waiting('')}>{children}</Suspense>
    </Boundary>
  );
}

/** Renders again when there is something else to draw, not when a curve grows. */
function useWhatIsThere(names: () => readonly string[]): string {
  const { series } = useStudio();
  return useSyncExternalStore(series.subscribe, () => names().join());
}

/** How many points the loss curves of this page have, for whoever looks from outside; kept without React. */
function useLossPoints({ runs }: Board) {
  const { series } = useStudio();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const count = (): void => {
      const { data, tracks } = runs[0]!;
      const points = trainingStages.map((stage) => tracks.plain(data.curves[stage].loss).extremes.present);
      panel.current!.dataset.lossPoints = String(points.reduce((sum, n) => sum + n, 0));
    };
    count();
    return series.subscribe(count);
  }, [series, runs]);
  return panel;
}
