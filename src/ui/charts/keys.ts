/** A chart by keyboard: arrows move the cursor, Shift and arrows the window, + and - zoom, 0 shows everything. */
import type { Curve } from './curve';
import type { Window } from './scene';
import { setCursor, type ViewStore } from './view';
import { panned, zoomed } from './zoom';

export interface Keyed {
  readonly view: ViewStore;
  readonly window: () => Window;
  readonly whole: () => Window;
  readonly curves: () => readonly Curve[];
  /** Steps of one pixel: a cursor that moves by less would stand still. */
  readonly stride: () => number;
}

/** True when the key was one of ours. */
export function pressed({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent, chart: Keyed): boolean {
  if (ctrlKey || metaKey || altKey) return false;
  const { view } = chart;
  const { cursor } = view.getState();
  const window = chart.window();
  const show = (next: Window | undefined): true => {
    view.setState({ window: next });
    return true;
  };
  const point = (step: number): true => {
    setCursor(view, step);
    return true;
  };
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const way = key === 'ArrowLeft' ? -1 : 1;
    if (shiftKey) return show(panned(window, chart.whole(), 0.2 * way));
    return point(nextPoint(chart, cursor ?? (way < 0 ? window.to + 1 : window.from - 1), way));
  }
  if (key === 'Home') return point(firstPoint(chart, window.from - 1, 1));
  if (key === 'End') return point(firstPoint(chart, window.to + 1, -1));
  if (key === '+' || key === '=') return show(zoomed(window, chart.whole(), 0.5, cursor));
  if (key === '-') return show(zoomed(window, chart.whole(), 2, cursor));
  if (key === '0') return show(undefined);
  return false;
}

/** The nearest step in this direction where a curve has a point, at least one pixel away and in sight. */
function nextPoint(chart: Keyed, from: number, way: 1 | -1): number {
  const window = chart.window();
  const start = Math.min(Math.max(from, window.from - 1), window.to + 1);
  return firstPoint(chart, start + way * (chart.stride() - 1), way);
}

/** The first point after `from` in this direction; the edge of what is in sight when there is none. */
function firstPoint(chart: Keyed, from: number, way: 1 | -1): number {
  const { from: low, to: high } = chart.window();
  const found = chart.curves().flatMap(({ look, track: { extremes } }) => {
    if (look === 'level') return [];
    const step = way > 0 ? extremes.after(Math.floor(from)) : extremes.before(Math.ceil(from));
    return step >= low && step <= high ? [step] : [];
  });
  if (found.length > 0) return way > 0 ? Math.min(...found) : Math.max(...found);
  return way > 0 ? Math.floor(high) : Math.ceil(low);
}
