/**
 * A line with many points in every pixel is a band: one upright stroke a pixel, from the smallest value there to the largest.
 * It looks the same, its dashes can be told apart, and it costs a fraction of a line that turns at every point.
 */
import type { Scene } from './scene';

export interface Column {
  /** Steps; the second one is the next column's. */
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/** Points of a column in the mean, more than which make a band of steps that all have their own place. */
const few = 2;

/**
 * Undefined for what is better drawn as a line, with its soft edges: few steps, or a quarter of the columns without any. Steps in
 * buckets are many, though only the extremes of each are told. `width`: CSS pixels of the drawing area.
 */
export function columnsOf(
  { xs, rows, window, size }: Scene,
  row: number,
  width: number,
): readonly Column[] | undefined {
  const wide = Math.max(size, (window.to - window.from) / width);
  const columns: { from: number; to: number; low: number; high: number }[] = [];
  let points = 0;
  const values = rows[row]!;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === null) continue;
    points += 1;
    const from = Math.floor(xs[i]! / wide) * wide;
    const last = columns.at(-1);
    if (last?.from !== from) columns.push({ from, to: from + wide, low: value, high: value });
    else if (value < last.low) last.low = value;
    else if (value > last.high) last.high = value;
  }
  const span = ((columns.at(-1)?.to ?? 0) - (columns[0]?.from ?? 0)) / wide;
  const many = points > (size === 1 ? few : 1) * columns.length;
  return many && columns.length > 0.75 * span ? touching(columns) : undefined;
}

/** Where a line leaps from one column to the next, or over a gap, the band does. */
function touching(columns: readonly Column[]): readonly Column[] {
  return columns.map((column, i) => {
    const { low, high } = columns[i - 1] ?? column;
    const to = columns[i + 1]?.from ?? column.to;
    return { ...column, to, low: Math.min(column.low, high), high: Math.max(column.high, low) };
  });
}

export interface Pen {
  /** Pixels of a step and of a value; larger values lie higher, where the pixels are fewer. */
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
  readonly width: number;
  /** Lengths drawn and left out, in turn; none: all is drawn. */
  readonly dash: readonly number[];
  /** Nothing is drawn beyond. */
  readonly left: number;
  readonly right: number;
}

/** The strokes' pixels, upper and lower ends, three numbers each. */
export function strokes(columns: readonly Column[], { x, y, width, dash, left, right }: Pen): readonly number[] {
  const drawn = pattern(dash);
  const found: number[] = [];
  for (const { from, to, low, high } of columns) {
    const end = Math.min(right, Math.round(x(to)));
    const [top, bottom] = [y(high) - width / 2, y(low) + width / 2];
    for (let pixel = Math.max(left, Math.round(x(from))); pixel < end; pixel++) {
      if (drawn[pixel % drawn.length]) found.push(pixel, top, bottom);
    }
  }
  return found;
}

/** By the pixel. */
function pattern(dash: readonly number[]): readonly boolean[] {
  if (dash.length === 0) return [true];
  return dash.flatMap((length, i) => new Array<boolean>(Math.max(1, Math.round(length))).fill(i % 2 === 0));
}
