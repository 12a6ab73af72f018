/** What moves all charts at once: how much is smoothed, and which steps are in sight. */
import { Button } from '@base-ui/react/button';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { type Board, wholeOf } from './board';
import { mostSmoothing, setSmoothing, windowOf } from './view';
import { zoomed } from './zoom';

export function ViewTools({ board }: { readonly board: Board }) {
  const { t } = useTranslation();
  const id = useId();
  const { view } = board;
  const smoothing = useStore(view, (s) => s.smoothing);
  const zoomedIn = useStore(view, (s) => s.window !== undefined);
  const zoom = (factor: number): void => {
    const whole = wholeOf(board);
    view.setState({ window: zoomed(windowOf(view.getState(), whole), whole, factor) });
  };
  return (
    <div className="view-tools">
      <label className="smoothing" htmlFor={id}>
        {t('chart.smoothing')}
        <input
          id={id}
          type="range"
          min={0}
          max={mostSmoothing}
          step={0.01}
          value={smoothing}
          data-testid="smoothing"
          onChange={(event) => setSmoothing(view, Number(event.target.value))}
        />
        <output htmlFor={id}>{smoothing.toFixed(2)}</output>
      </label>
      <fieldset className="zoom" aria-label={t('chart.zoom')} title={t('chart.hint')}>
        <button type="button" className="chart-tool" aria-label={t('chart.zoomIn')} onClick={() => zoom(0.5)}>
          +
        </button>
        <Button
          className="chart-tool"
          aria-label={t('chart.zoomOut')}
          disabled={!zoomedIn}
          focusableWhenDisabled
          onClick={() => zoom(2)}
        >
          −
        </Button>
        <Button
          className="chart-switch"
          disabled={!zoomedIn}
          focusableWhenDisabled
          data-testid="whole"
          onClick={() => view.setState({ window: undefined })}
        >
          {t('chart.whole')}
        </Button>
      </fieldset>
    </div>
  );
}
