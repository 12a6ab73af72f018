/** What one chart shows, as plain numbers: the page's canvas and the exported picture are drawn from the same ones. */
import { valueAt } from '../../store';
import type { Curve } from './curve';
import { smallestBucket } from './extremes';
import { extent, quantileRange, type Range, spread } from './ranges';

/** Steps from the left to the right edge. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Scales {
  readonly log: boolean;
  /** The y range leaves out the outermost points. */
  readonly clip: boolean;
  /** A y range that is always the same. */
  readonly bounds?: readonly [number, number] | undefined;
}

/** A gap is null, as the drawing of it expects. */
export type Row = (number | null)[];

export interface Scene {
  /** Ascending; the same for all rows. */
  readonly xs: number[];
  /** One per curve. */
  readonly rows: readonly Row[];
  readonly window: Window;
  readonly y: readonly [number, number];
  /** Steps of a bucket; 1: every step has its own place. */
  readonly size: number;
  /** Measured points of the window that lie above or below. */
  readonly outOfSight: number;
}

const slots = 4;

/** `width`: CSS pixels of the drawing area, the number of buckets at most. */
export function createScene(curves: readonly Curve[], window: Window, width: number, scales: Scales): Scene {
  const grid = gridOf(window, Math.max(1, width));
  // A line that crosses the edge leads to a point beyond it.
  const before = curves.map(({ track }) => track.extremes.before(grid.low));
  const after = curves.map(({ track }) => track.extremes.after(grid.high));
  const [left, right] = [places(before), places(after)];
  const rows = curves.map((curve, i) =>
    finished(curve, scales.log, [
      ...left.map((x) => (x === before[i] ? valueIn(curve, x) : null)),
      ...points(curve, grid),
      ...right.map((x) => (x === after[i] ? valueIn(curve, x) : null)),
    ]),
  );
  const y = rangeOf(curves, rows, window, scales);
  const outOfSight = scales.clip ? countOutOfSight(curves, window, y) : 0;
  return { xs: [...left, ...grid.xs, ...right], rows, window, y, size: grid.size, outOfSight };
}

function places(indices: readonly number[]): readonly number[] {
  return [...new Set(indices)].filter((index) => index >= 0).sort((a, b) => a - b);
}

interface Grid {
  /** Points of a bucket; 1: every step has its own place. */
  readonly size: number;
  /** The first and the last step in it. */
  readonly low: number;
  readonly high: number;
  readonly xs: readonly number[];
}

/** Four places per bucket, or one per step when there are no more steps than that. */
function gridOf({ from, to }: Window, width: number): Grid {
  const [low, high] = [Math.max(0, Math.ceil(from)), Math.floor(to)];
  const steps = Math.max(0, high - low + 1);
  if (steps <= slots * width) return { size: 1, low, high, xs: Array.from({ length: steps }, (_, i) => low + i) };
  let size = smallestBucket;
  while (steps > size * width) size *= 2;
  // Buckets do not move with the window, or the curve would shimmer while it grows.
  const first = Math.floor(low / size);
  const count = Math.floor(high / size) - first + 1;
  const xs = Array.from({ length: count * slots }, (_, i) => (first + i / slots) * size);
  return { size, low: first * size, high: (first + count) * size - 1, xs };
}

const picked = new Int32Array(slots);

function points(curve: Curve, { size, low, xs }: Grid): Row {
  if (size === 1) return xs.map((step) => valueIn(curve, step));
  const row: Row = new Array(xs.length).fill(null);
  for (let bucket = 0; bucket < xs.length / slots; bucket++) {
    const count = curve.track.extremes.pick(low / size + bucket, size, picked);
    let place = 0;
    for (let i = 0; i < count; i++) {
      // As near to where it was measured as the ones after it leave room.
      const own = Math.floor(((picked[i]! % size) * slots) / size);
      place = Math.max(place, Math.min(own, slots - count + i));
      row[bucket * slots + place++] = valueIn(curve, picked[i]!);
    }
  }
  return row;
}

function valueIn({ track }: Curve, step: number): number | null {
  return valueAt(track.column, step) ?? null;
}

/** A level is the same everywhere; on a log axis what is not above 0 is a gap. */
function finished({ look, track }: Curve, log: boolean, row: Row): Row {
  const level = look === 'level' ? (track.newest ?? null) : undefined;
  if (level === undefined && !log) return row;
  return row.map((own) => {
    const value = level === undefined ? own : level;
    return log && value !== null && value <= 0 ? null : value;
  });
}

function rangeOf(curves: readonly Curve[], rows: readonly Row[], window: Window, scales: Scales): Range {
  if (scales.bounds) return [...scales.bounds];
  if (!scales.clip) return spread(extent(rows), scales.log);
  const values = rows.flatMap((row, i) => sampled(curves[i]!, row, window)).filter((value) => value !== null);
  return spread(quantileRange(scales.log ? values.filter((value) => value > 0) : values), scales.log);
}

/** Of a dense column some values evenly: those of a row are its outermost ones. */
function sampled({ track: { column, extremes } }: Curve, row: Row, { from, to }: Window): Row {
  if (extremes.present * smallestBucket < column.length || to - from <= row.length) return row;
  const stride = Math.ceil((to - from) / 1000);
  const values: Row = [];
  for (let i = Math.max(0, Math.ceil(from)); i <= to; i += stride) values.push(valueAt(column, i) ?? null);
  return values;
}

function countOutOfSight(curves: readonly Curve[], { from, to }: Window, [low, high]: readonly [number, number]) {
  const measured = curves.filter((curve) => curve.measured);
  return measured.reduce((sum, { track }) => sum + track.extremes.outside(Math.ceil(from), to, low, high), 0);
}
