/** Embedding rows from a frozen bf16 table. There is no backward: the table is not trained. */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { halves, words } from '../gpu/work';

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
  const [count, width] = [table.shape[0]!, table.shape[1]!];
  rec.dispatch({
    ...{ stem: 'embedding', entry: 'forward' },
    bind: { ids, table, x },
    params: { rows, width, first, count },
    grid: lines(rows),
    // As if all of the rows were in this part of the table.
    work: { flops: 0, bytes: words(rows * (1 + width)) + halves(rows * width) },
  });
}
