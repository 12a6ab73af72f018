/** Embedding rows from a frozen bf16 table. There is no backward: the table is not trained. */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';

export interface Embedding {
  /** u32 [≥ rows], each below the table's number of rows */
  readonly ids: Tensor;
  /** bf16 [vocabulary, width] */
  readonly table: Tensor;
  readonly rows: number;
}

/** x[rows, width] = table[ids] */
export function forward(rec: Recorder, { ids, table, rows }: Embedding, x: Tensor): void {
  const params = { rows, width: table.shape[1]! };
  rec.dispatch({ stem: 'embedding', entry: 'forward', bind: { ids, table, x }, params, grid: [rows] });
}
