/** Embedding rows from a frozen bf16 table. There is no backward: the table is not trained. */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';

export interface Embedding {
  /** u32 [≥ rows] */
  readonly ids: Tensor;
  /** bf16 [count, width]: the rows from `first` on of the whole table */
  readonly table: Tensor;
  readonly first: number;
  readonly rows: number;
}

/** x[rows, width] = table[ids - first], for the ids whose rows are there */
export function forward(rec: Recorder, { ids, table, first, rows }: Embedding, x: Tensor): void {
  const params = { rows, width: table.shape[1]!, first, count: table.shape[0]! };
  rec.dispatch({ stem: 'embedding', entry: 'forward', bind: { ids, table, x }, params, grid: lines(rows) });
}
