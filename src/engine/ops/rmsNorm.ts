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
    ...rowGroups(rec.software, rows, width),
    work: { flops: 4 * rows * width, bytes: words(2 * rows * width) + halves(width) },
  });
}

interface Gradient {
  /** The residual branch's gradient, added. */
  readonly add?: Tensor | undefined;
  readonly dx: Tensor;
  /** Gets forward's y once more. */
  readonly again?: Tensor | undefined;
}

/** dx = add + ∂/∂x; needs only forward's input x (the inverse rms is recomputed). */
export function backward(
  rec: Recorder,
  { x, weight, rows, eps }: RmsNorm,
  dy: Tensor,
  { add, dx, again }: Gradient,
): void {
  const width = weight.shape[0]!;
  const { grid, constants } = rowGroups(rec.software, rows, width);
  const [adds, gives] = [add ? 1 : 0, again ? 1 : 0];
  rec.dispatch({
    stem: 'rmsNorm',
    entry: again ? 'backwardAgain' : 'backward',
    bind: { x, weight, dy, add: add ?? dy, dx, ...(again && { again }) },
    params: { rows, width, eps },
    constants: { ...constants, ADD: adds },
    grid,
    work: {
      flops: (9 + adds + 2 * gives) * rows * width,
      bytes: words((3 + adds + gives) * rows * width) + halves(width),
    },
  });
}
