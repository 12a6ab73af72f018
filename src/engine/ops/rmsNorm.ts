/** RMSNorm with a frozen bf16 weight. Backward can add the residual branch's gradient in the same pass. */
import { rowGroups } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { halves, words } from '../gpu/work';

export interface RmsNorm {
  /** [rows, width] */
  readonly x: Tensor;
  /** [width], bf16 */
  readonly weight: Tensor;
  readonly rows: number;
  readonly eps: number;
}

/** y[rows, width] = w · x / rms(x) */
export function forward(rec: Recorder, { x, weight, rows, eps }: RmsNorm, y: Tensor): void {
  const width = weight.shape[0]!;
  rec.dispatch({
    ...{ stem: 'rmsNorm', entry: 'forward' },
    bind: { x, weight, y },
    params: { rows, width, eps },
    ...rowGroups(rec.software, rows),
    work: { flops: 4 * rows * width, bytes: words(2 * rows * width) + halves(width) },
  });
}

/** dx = add + ∂/∂x, `add` undefined for none; needs only forward's input x (the inverse rms is recomputed). */
export function backward(
  rec: Recorder,
  { x, weight, rows, eps }: RmsNorm,
  dy: Tensor,
  add: Tensor | undefined,
  dx: Tensor,
): void {
  const width = weight.shape[0]!;
  const { grid, constants } = rowGroups(rec.software, rows);
  rec.dispatch({
    stem: 'rmsNorm',
    entry: 'backward',
    bind: { x, weight, dy, add: add ?? dy, dx },
    params: { rows, width, eps },
    constants: { ...constants, ADD: add ? 1 : 0 },
    grid,
    work: { flops: (add ? 10 : 9) * rows * width, bytes: words((add ? 4 : 3) * rows * width) + halves(width) },
  });
}
