/** RMSNorm with a frozen bf16 weight. Backward can add the residual branch's gradient in the same pass. */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';

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
  const params = { rows, width: weight.shape[0]!, eps };
  rec.dispatch({ stem: 'rmsNorm', entry: 'forward', bind: { x, weight, y }, params, ...rec.gpu.rowGroups(rows) });
}

/** dx = add + ∂/∂x, `add` undefined for none; needs only forward's input x (the inverse rms is recomputed). */
export function backward(
  rec: Recorder,
  { x, weight, rows, eps }: RmsNorm,
  dy: Tensor,
  add: Tensor | undefined,
  dx: Tensor,
): void {
  const { grid, constants } = rec.gpu.rowGroups(rows);
  rec.dispatch({
    stem: 'rmsNorm',
    entry: 'backward',
    bind: { x, weight, dy, add: add ?? dy, dx },
    params: { rows, width: weight.shape[0]!, eps },
    constants: { ...constants, ADD: add ? 1 : 0 },
    grid,
  });
}
