/** uPlot in React: made anew when what is drawn changes, given new data without React when curves grow. */
import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useStudio } from '../studioContext';
import { readTheme, type Theme } from './theme';

interface Props {
  readonly about: string;
  readonly testId: string;
  /** Must be stable between renders unless the look changes. */
  readonly look: (theme: Theme) => Pick<uPlot.Options, 'series' | 'axes' | 'scales' | 'hooks'>;
  readonly data: () => uPlot.AlignedData;
  /** What the cursor points at, in words; shown below the chart. */
  readonly readout: (step: number) => string;
}

const height = 240;

export function Plot({ about, testId, look, data, readout }: Props) {
  const { series } = useStudio();
  const holder = useRef<HTMLDivElement>(null);
  const said = useRef<HTMLParagraphElement>(null);
  const dark = useDarkMode();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read from the page, which changes with `dark`
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const plot = new uPlot({ ...look(readTheme(element)), ...frame(element, said, readout) }, data(), element);
    const stop = series.subscribe(() => plot.setData(data()));
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      stop();
      resize.disconnect();
      plot.destroy();
    };
  }, [series, look, data, readout, dark]);

  return (
    <>
      <div ref={holder} className="plot" role="img" aria-label={about} data-testid={testId} />
      <p ref={said} className="readout" aria-hidden="true" />
    </>
  );
}

function frame(
  element: HTMLElement,
  said: RefObject<HTMLParagraphElement | null>,
  readout: (step: number) => string,
): Pick<uPlot.Options, 'width' | 'height' | 'legend' | 'cursor' | 'plugins'> {
  const tell = (plot: uPlot): void => {
    const step = plot.cursor.idx;
    if (said.current) said.current.textContent = step == null ? '' : readout(step);
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    plugins: [{ hooks: { setCursor: tell } }],
  };
}

const darkQuery = '(prefers-color-scheme: dark)';

function useDarkMode(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = matchMedia(darkQuery);
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => matchMedia(darkQuery).matches,
  );
}
