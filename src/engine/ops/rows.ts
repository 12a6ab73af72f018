/** Rows of a matrix picked by index, put back, or added back, which is the backward of picking them. */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { type Work, words } from '../gpu/work';

export interface Rows {
  /** f32, rows of `width` */
  readonly from: Tensor;
  /** u32 [≥ rows] */
  readonly index: Tensor;
  readonly rows: number;
  readonly width: number;
}

function moved(rows: number, width: number): Work {
  return { flops: 0, bytes: words(rows * (1 + 2 * width)) };
}

/** to[r] = from[index[r]] for r < rows */
export function gather(rec: Recorder, { from, index, rows, width }: Rows, to: Tensor): void {
  rec.dispatch({
    stem: 'rows',
    entry: 'gather',
    bind: { source: from, index, destination: to },
    params: { rows, width },
    grid: lines(rows),
    work: moved(rows, width),
  });
}

/** to[index[r]] = from[r] for r < rows; the indices are unique, rows of `to` that none of them names stay as they are. */
export function scatter(rec: Recorder, { from, index, rows, width }: Rows, to: Tensor): void {
  rec.dispatch({
    stem: 'rows',
    entry: 'scatter',
    bind: { source: from, index, destination: to },
    params: { rows, width },
    grid: lines(rows),
    work: moved(rows, width),
  });
}

/** to[index[r]] += from[r] for r < rows; the indices are unique. */
export function scatterAdd(rec: Recorder, { from, index, rows, width }: Rows, to: Tensor): void {
  rec.dispatch({
    stem: 'rows',
    entry: 'scatterAdd',
    bind: { source: from, index, destination: to },
    params: { rows, width },
    grid: lines(rows),
    work: { flops: rows * width, bytes: words(rows * (1 + 3 * width)) },
  });
}
