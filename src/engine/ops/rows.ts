/** Rows of a matrix picked by index, put back, or added back, which is the backward of picking them. */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { words } from '../gpu/work';

export interface Rows {
  /** f32, rows of `width` */
  readonly from: Tensor;
  /** u32 [≥ rows] */
  readonly index: Tensor;
  readonly rows: number;
  readonly width: number;
}

/** to[r] = from[index[r]] for r < rows */
export function gather(rec: Recorder, rows: Rows, to: Tensor): void {
  record(rec, 'gather', rows, to);
}

/** to[index[r]] = from[r] for r < rows; the indices are unique, rows of `to` that none of them names stay as they are. */
export function scatter(rec: Recorder, rows: Rows, to: Tensor): void {
  record(rec, 'scatter', rows, to);
}

/** to[index[r]] += from[r] for r < rows; the indices are unique. */
export function scatterAdd(rec: Recorder, rows: Rows, to: Tensor): void {
  record(rec, 'scatterAdd', rows, to);
}

function record(
  rec: Recorder,
  entry: 'gather' | 'scatter' | 'scatterAdd',
  { from, index, rows, width }: Rows,
  to: Tensor,
): void {
  const adds = entry === 'scatterAdd';
  rec.dispatch({
    stem: 'rows',
    entry,
    bind: { source: from, index, destination: to },
    params: { rows, width },
    grid: lines(rows),
    work: { flops: adds ? rows * width : 0, bytes: words(rows * (1 + (adds ? 3 : 2) * width)) },
  });
}
