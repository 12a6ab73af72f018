/** A frozen bf16 projection with an optional bias, an optional residual and an optional low-rank adapter, fused. */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { halves, type Work, words } from '../gpu/work';
import { type Adapter, type Dropout, dropoutParams, noDropout } from './lora';

export interface Linear {
  /** [outputs, inputs], bf16 */
  readonly weight: Tensor;
  /** [outputs], bf16 */
  readonly bias?: Tensor | undefined;
}

interface Columns {
  /** Values from one row of y (dy) to the next; `outputs` unless they are some columns of a wider matrix. */
  readonly pitch?: number | undefined;
}

export interface LinearForward extends Linear, Columns {
  /** [rows, inputs] */
  readonly x: Tensor;
  readonly rows: number;
  /** The adapter with u = dropout(x) Aᵀ [rows, rank], made by `lora.project`. */
  readonly adapter?: { readonly adapter: Adapter; readonly u: Tensor } | undefined;
  /** [rows, outputs], added to the result; another buffer than y. */
  readonly residual?: Tensor | undefined;
}

export interface LinearBackward extends Linear, Columns {
  readonly rows: number;
  /** The adapter with t = scale · dy B [rows, rank], made by `lora.backproject`, and forward's dropout. */
  readonly adapter?: { readonly adapter: Adapter; readonly t: Tensor; readonly dropout: Dropout } | undefined;
  /** Adds to dx instead of overwriting it. */
  readonly accumulate: boolean;
}

const ROWS = 8;
const COLUMNS = 8;
const GROUP = 8;

/** y[rows, outputs] = residual + x Wᵀ + bias + scale · u Bᵀ */
export function forward(rec: Recorder, op: LinearForward, y: Tensor): void {
  const [outputs, inputs] = [op.weight.shape[0]!, op.weight.shape[1]!];
  const { x, weight, rows, adapter, residual, bias } = op;
  const wide = inputs % COLUMNS === 0;
  const shared = { bias: bias ?? weight, u: adapter?.u ?? x, b: adapter?.adapter.b ?? x, residual: residual ?? x, y };
  rec.dispatch({
    stem: 'linear',
    entry: wide ? 'forward' : 'forwardAny',
    bind: wide ? { x, weight, ...shared } : { xAny: x, weightAny: weight, ...shared },
    params: params(op, adapter?.adapter, noDropout, false),
    work: forwardWork(op),
    constants: { BIAS: bias ? 1 : 0, RESIDUAL: residual ? 1 : 0, LORA: adapter ? 1 : 0 },
    grid: wide
      ? [tiles(outputs, GROUP * COLUMNS), tiles(rows, GROUP * ROWS)]
      : [tiles(outputs, GROUP), tiles(rows, GROUP)],
  });
}

/** dx[rows, inputs] (+)= dy W + dropout(t A). The weight and the bias are frozen. */
export function backward(rec: Recorder, op: LinearBackward, dy: Tensor, dx: Tensor): void {
  const inputs = op.weight.shape[1]!;
  const { weight, rows, adapter } = op;
  const wide = inputs % COLUMNS === 0;
  const shared = { dy, t: adapter?.t ?? dy };
  const a = adapter?.adapter.a ?? weight;
  rec.dispatch({
    stem: 'linear',
    entry: wide ? 'backward' : 'backwardAny',
    bind: wide ? { weightWide: weight, a, dx, ...shared } : { weightAny: weight, aAny: a, dxAny: dx, ...shared },
    params: params(op, adapter?.adapter, adapter?.dropout ?? noDropout, op.accumulate),
    work: backwardWork(op),
    constants: { LORA: adapter ? 1 : 0 },
    grid: wide
      ? [tiles(inputs, GROUP * COLUMNS), tiles(rows, GROUP * ROWS)]
      : [tiles(inputs, GROUP), tiles(rows, GROUP)],
  });
}

function forwardWork({ weight, bias, rows, adapter, residual }: LinearForward): Work {
  const [outputs, inputs] = [weight.shape[0]!, weight.shape[1]!];
  const rank = adapter?.adapter.rank ?? 0;
  const added = (bias ? 1 : 0) + (residual ? 1 : 0);
  return {
    flops: rows * outputs * (2 * (inputs + rank) + added),
    bytes:
      halves(outputs * (inputs + (bias ? 1 : 0))) +
      words(rows * (inputs + rank) + outputs * rank + rows * outputs * (residual ? 2 : 1)),
  };
}

function backwardWork({ weight, rows, adapter, accumulate }: LinearBackward): Work {
  const [outputs, inputs] = [weight.shape[0]!, weight.shape[1]!];
  const rank = adapter?.adapter.rank ?? 0;
  return {
    flops: rows * inputs * (2 * (outputs + rank) + (accumulate ? 1 : 0)),
    bytes:
      halves(outputs * inputs) + words(rows * (outputs + rank) + rank * inputs + rows * inputs * (accumulate ? 2 : 1)),
  };
}

const tiles = (size: number, tile: number) => Math.ceil(size / tile);

function params(
  { weight, rows, pitch }: LinearForward | LinearBackward,
  adapter: Adapter | undefined,
  dropout: Dropout,
  accumulate: boolean,
) {
  const [outputs, inputs] = [weight.shape[0]!, weight.shape[1]!];
  return {
    rows,
    inputs,
    outputs,
    pitch: pitch ?? outputs,
    rank: adapter?.rank ?? 0,
    scale: adapter?.scale ?? 0,
    accumulate: accumulate ? 1 : 0,
    ...dropoutParams(dropout),
  };
}
