/** What all charts share: the steps in sight, the step under the cursor, what is hidden, how much is smoothed. */
import { createStore, type StoreApi } from 'zustand';
import { recall, remember } from '../shared/remember';
import type { Window } from './scene';

export interface Axis {
  readonly log: boolean;
  readonly clip: boolean;
}

export interface View {
  /** Undefined: everything there is, and what comes. */
  readonly window: Window | undefined;
  readonly cursor: number | undefined;
  /** Keys of the legend that are switched off. */
  readonly hidden: ReadonlySet<string>;
  /** Weight of what came before, 0 to below 1. */
  readonly smoothing: number;
  /** One chart has the whole screen: the others wait behind it. */
  readonly alone: boolean;
  /** By chart. */
  readonly axes: Readonly<Record<string, Axis>>;
}

export type ViewStore = StoreApi<View>;

export const mostSmoothing = 0.99;
const plainAxis: Axis = { log: false, clip: false };
const rememberedSmoothing = 'distillery.smoothing';

export function createView(): ViewStore {
  const smoothing = Number(recall(rememberedSmoothing) ?? Number.NaN);
  return createStore<View>(() => ({
    window: undefined,
    cursor: undefined,
    hidden: new Set(),
    smoothing: smoothing >= 0 && smoothing <= mostSmoothing ? smoothing : 0.9,
    alone: false,
    axes: {},
  }));
}

export function axisOf(view: View, chart: string): Axis {
  return view.axes[chart] ?? plainAxis;
}

export function setAxis(view: ViewStore, chart: string, change: Partial<Axis>): void {
  view.setState((s) => ({ axes: { ...s.axes, [chart]: { ...axisOf(s, chart), ...change } } }));
}

export function setSmoothing(view: ViewStore, smoothing: number): void {
  view.setState({ smoothing });
  remember(rememberedSmoothing, String(smoothing));
}

export function toggle(view: ViewStore, key: string): void {
  const hidden = new Set(view.getState().hidden);
  if (!hidden.delete(key)) hidden.add(key);
  view.setState({ hidden });
}

export function setCursor(view: ViewStore, cursor: number | undefined): void {
  if (view.getState().cursor !== cursor) view.setState({ cursor });
}

/** A window that lies beyond what there is, because the curves were cleared, is all there is. */
export function windowOf({ window }: View, whole: Window): Window {
  return window && window.from < whole.to ? window : whole;
}
