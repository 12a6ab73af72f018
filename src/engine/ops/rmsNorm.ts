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
    ...rowGroups(rec.software, width, rows),
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
  const { grid, constants } = rowGroups(rec.software, width, rows);
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

/** Norms of the heads of queries and keys: a row is one head of one token. */
export interface HeadNorms {
  /** [queryRows, headDim] */
  readonly q: Tensor;
  /** [keyRows, headDim] */
  readonly k: Tensor;
  /** [headDim], bf16 */
  readonly weights: { readonly q: Tensor; readonly k: Tensor };
  readonly queryRows: number;
  readonly keyRows: number;
  readonly eps: number;
}

/** Both as `forward`. */
export function forwardHeads(
  rec: Recorder,
  norms: HeadNorms,
  normed: { readonly q: Tensor; readonly k: Tensor },
): void {
  recordHeads(rec, norms, 'forward', { qNormed: normed.q, kNormed: normed.k });
}

/** Both as `backward`, in place: `d` holds the gradients of what forward gave and gets those of q and k. */
export function backwardHeads(rec: Recorder, norms: HeadNorms, d: { readonly q: Tensor; readonly k: Tensor }): void {
  recordHeads(rec, norms, 'backward', { dq: d.q, dk: d.k });
}

function recordHeads(
  rec: Recorder,
  { q, k, weights, queryRows, keyRows, eps }: HeadNorms,
  entry: 'forward' | 'backward',
  changed: Readonly<Record<string, Tensor>>,
): void {
  const width = weights.q.shape[0]!;
  const values = (queryRows + keyRows) * width;
  const [flops, passes] = entry === 'forward' ? [4, 2] : [9, 3];
  rec.dispatch({
    ...{ stem: 'rmsNorm', variant: 'heads', entry },
    bind: { q, k, qWeight: weights.q, kWeight: weights.k, ...changed },
    params: { queryRows, keyRows, width, eps },
    ...rowGroups(rec.software, width, queryRows, keyRows),
    work: { flops: flops * values, bytes: words(passes * values) + halves(2 * width) },
  });
}
