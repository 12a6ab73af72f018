/** The picture of one chart, its cursor by mouse, touch and keyboard, and what stands at the cursor in words. */
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import 'uplot/dist/uPlot.min.css';
import { useStudio } from '../studioContext';
import { type Board, wholeOf } from './board';
import { Drawing } from './drawing';
import { gestures } from './gestures';
import { pressed } from './keys';
import type { ChartModel } from './model';
import { Readout } from './Readout';
import { spoken } from './said';
import type { Shown } from './shown';
import { useDarkMode } from './useDarkMode';

interface Props {
  readonly board: Board;
  readonly model: ChartModel;
  /** The whole screen is its own. */
  readonly alone?: boolean;
  readonly labelled: boolean;
  readonly testId: string;
}

export function Plot({ board, model, alone = false, labelled, testId }: Props) {
  const { t } = useTranslation();
  const { series } = useStudio();
  const holder = useRef<HTMLDivElement>(null);
  const keys = useRef<(event: KeyboardEvent) => boolean>(() => false);
  const latest = useRef<Shown>(undefined);
  const [painted, setPainted] = useState(false);
  const [outOfSight, setOutOfSight] = useState(0);
  const [said, say] = useState('');
  const dark = useDarkMode();
  const help = useId();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read from the page, which changes with `dark`
  useEffect(() => {
    const element = holder.current!;
    const { view } = board;
    const whole = () => wholeOf(board);
    const window = () => drawing.window();
    const area = () => {
      const { left, width } = element.querySelector('.u-over')?.getBoundingClientRect() ?? { left: 0, width: 1 };
      return { left, width };
    };
    const { grab, stop } = gestures(element, { view, window, whole, area, alone });
    const told = (now: Shown): void => {
      latest.current = now;
      setPainted(true);
      setOutOfSight(now.scene.outOfSight);
    };
    const drawing = new Drawing(
      element,
      { model, view, whole, alone, labelled, painted: told, grab },
      series.subscribe,
    );
    const stride = () => Math.max(1, Math.ceil((window().to - window().from) / area().width));
    keys.current = (event) => {
      const { current: shown } = latest;
      if (!shown || !pressed(event, { view, window, whole, stride, curves: () => shown.curves })) return false;
      say(spoken(shown, view.getState().cursor, model.unit, t));
      return true;
    };
    return () => {
      stop();
      drawing.destroy();
    };
  }, [board, model, alone, labelled, series, dark, t]);

  return (
    <div className="plot-frame">
      <div
        ref={holder}
        className="plot"
        role="application"
        aria-roledescription={t('chart.role')}
        aria-label={model.about}
        aria-describedby={help}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move its cursor
        tabIndex={0}
        data-testid={testId}
        onKeyDown={(event) => {
          if (keys.current(event.nativeEvent)) event.preventDefault();
        }}
      />
      <p id={help} className="sr-only">
        {t('chart.keys')}
      </p>
      <p className="sr-only" aria-live="polite" data-testid={`${testId}-spoken`}>
        {said}
      </p>
      {outOfSight > 0 && (
        <p className="plot-note" data-testid={`${testId}-out-of-sight`}>
          {t('chart.outOfSight', { count: outOfSight })}
        </p>
      )}
      {painted && <Readout view={board.view} shown={() => latest.current!} unit={model.unit} />}
    </div>
  );
}
