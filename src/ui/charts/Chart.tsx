/** One chart in its panel, and again over the whole screen when somebody wants a closer look. */
import { Dialog } from '@base-ui/react/dialog';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../shared/Icon';
import type { Board } from './board';
import { ChartTools } from './ChartTools';
import { Legend, type LegendEntry } from './Legend';
import type { ChartModel } from './model';
import { Plot } from './Plot';
import { ViewTools } from './ViewTools';

interface Props {
  readonly board: Board;
  readonly model: ChartModel;
  readonly legend: readonly LegendEntry[];
  /** `large` has a legend and names at its curves. */
  readonly size: 'large' | 'small';
  /** Below the picture: what its kinds of line are. */
  readonly children?: ReactNode;
}

export function Chart({ board, model, legend, size, children }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { view } = board;
  useEffect(() => {
    if (!open) return;
    view.setState({ alone: true });
    return () => view.setState({ alone: false });
  }, [open, view]);
  const large = size === 'large';
  const Heading = large ? 'h2' : 'h3';
  return (
    <>
      <div className="chart-head">
        <Heading>{model.title}</Heading>
        <div className="chart-tools">
          <ChartTools {...{ board, model }} />
          <button
            type="button"
            className="chart-tool"
            aria-label={t('chart.enlarge', { title: model.title })}
            title={t('chart.enlarge', { title: model.title })}
            data-testid={`${model.key}-enlarge`}
            onClick={() => setOpen(true)}
          >
            <Icon name="enlarge" />
          </button>
        </div>
      </div>
      {large && <Legend entries={legend} view={board.view} />}
      <Plot {...{ board, model }} labelled={large} testId={`${model.key}-plot`} />
      {children}
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Portal>
          <Dialog.Popup className="chart-screen" data-testid="chart-screen">
            <div className="chart-head">
              <Dialog.Title>{model.title}</Dialog.Title>
              <div className="chart-tools">
                <ChartTools {...{ board, model }} />
                <Dialog.Close className="chart-tool" aria-label={t('chart.close')} title={t('chart.close')}>
                  <Icon name="cross" />
                </Dialog.Close>
              </div>
            </div>
            <ViewTools board={board} />
            <Legend entries={legend} view={board.view} />
            <Plot {...{ board, model }} alone labelled testId={`${model.key}-screen`} />
            {children}
            <p className="hint">{t('chart.hint')}</p>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  );
}
