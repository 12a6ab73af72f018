/** A chart as it stands now: the curves that are not hidden, and the scene they make. */
import type { Curve } from './curve';
import type { ChartModel } from './model';
import { createScene, type Scene, type Window } from './scene';
import { axisOf, type View } from './view';

export interface Shown {
  readonly curves: readonly Curve[];
  readonly scene: Scene;
  readonly log: boolean;
}

/** `width`: CSS pixels of the picture. */
export function shownOf(model: ChartModel, view: View, window: Window, width: number): Shown {
  const { log, clip } = axisOf(view, model.key);
  const bounds = log || clip ? undefined : model.bounds;
  const curves = model.curves(view.smoothing).filter(({ keys }) => !keys.some((key) => view.hidden.has(key)));
  return { curves, scene: createScene(curves, window, width, { log, clip, bounds }), log };
}

/** The steps in sight that have an interval. */
export function* intervalsOf({ interval, track: { extremes } }: Curve, { window }: Scene) {
  if (!interval) return;
  for (let step = extremes.after(Math.ceil(window.from) - 1); step >= 0 && step <= window.to; ) {
    const sureness = interval(step);
    if (sureness) yield { step, ...sureness };
    step = extremes.after(step);
  }
}
