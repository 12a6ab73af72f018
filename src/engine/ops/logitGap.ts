/** How far the logits of two models are apart on the same rows. */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { words } from '../gpu/work';

/**
 * gaps[row] = (largest |x − y|, largest |x|, 1 when the most likely token is the same, 1 when anything is not finite).
 * x, y [rows, columns]; gaps [rows, 4].
 */
export function measure(
  rec: Recorder,
  { x, y, rows, columns }: { readonly x: Tensor; readonly y: Tensor; readonly rows: number; readonly columns: number },
  gaps: Tensor,
): void {
  const bind = { x, y, gaps };
  const work = { flops: 5 * rows * columns, bytes: words(2 * rows * columns + 4 * rows) };
  rec.dispatch({ stem: 'logitGap', entry: 'measure', bind, params: { columns }, grid: [rows], work });
}
