/** The run of this page and those laid over it, each with its tracks. */
import { type Overlay, type Series, type SeriesData, subjects, trainingStages } from '../../store';
import type { Window } from './scene';
import { Tracks } from './tracks';

export interface Run {
  /** Undefined: the run of this page. */
  readonly overlay: { readonly key: string; readonly name: string; readonly dash: readonly number[] } | undefined;
  readonly data: SeriesData;
  readonly tracks: Tracks;
}

/** Runs are told apart by their dashes: colours say which stage it is. */
const dashes: readonly (readonly number[])[] = [
  [6, 3],
  [2, 2],
  [9, 3, 2, 3],
  [12, 4],
  [4, 2, 1, 2, 1, 2],
];

export function liveRun(series: Series): Run {
  return { overlay: undefined, data: series, tracks: new Tracks(series.rewrites) };
}

export function overlayRuns(overlays: readonly Overlay[]): readonly Run[] {
  return overlays.map(({ id, name, data }, i) => ({
    overlay: { key: `run ${id}`, name, dash: dashes[i % dashes.length]! },
    data,
    tracks: new Tracks(() => 0),
  }));
}

/** In the order of drawing: the run of this page lies above the others. */
export function overlaysFirst(runs: readonly Run[]): readonly Run[] {
  return [...runs.filter(({ overlay }) => overlay), ...runs.filter(({ overlay }) => !overlay)];
}

/** From the untrained model to the last step of any of them. */
export function wholeWindow(runs: readonly Run[]): Window {
  const lengths = runs.flatMap(({ data }) => [
    ...trainingStages.flatMap((stage) => [data.curves[stage].loss.length, data.curves[stage].testLoss.length]),
    ...subjects.map((subject) => data.accuracy[subject].length),
  ]);
  return { from: 0, to: Math.max(1, ...lengths.map((length) => length - 1)) };
}
