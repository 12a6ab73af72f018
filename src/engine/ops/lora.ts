/** The thin matrices of a low-rank adapter; what is added to the frozen projection itself is fused into `linear`. */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { halves, type Work, words } from '../gpu/work';

export interface Adapter {
  /** [rank, inputs] */
  readonly a: Tensor;
  /** [outputs, rank] */
  readonly b: Tensor;
  readonly rank: number;
  /** alpha / rank */
  readonly scale: number;
}

/** Inverted dropout on the adapter's input. The mask is a function of seed, row and column. */
export interface Dropout {
  /** Share of values dropped, 0 ≤ p < 1. */
  readonly probability: number;
  readonly seed: number;
}

export const noDropout: Dropout = { probability: 0, seed: 0 };

/** What the shaders take for a dropout: a 24-bit threshold and the factor for what is kept. */
export function dropoutParams({ probability, seed }: Dropout): { seed: number; threshold: number; keep: number } {
  return { seed, threshold: Math.round(probability * 2 ** 24), keep: 1 / (1 - probability) };
}

interface Shape {
  readonly rows: number;
  readonly dropout: Dropout;
}

function params(adapter: Adapter, { rows, dropout }: Shape, accumulate = false) {
  return {
    rows,
    inputs: adapter.a.shape[1]!,
    outputs: adapter.b.shape[0]!,
    rank: adapter.rank,
    scale: adapter.scale,
    accumulate: accumulate ? 1 : 0,
    ...dropoutParams(dropout),
  };
}

const tiles = (size: number, tile: number) => Math.ceil(size / tile);

/** How many of a workgroup's 64 invocations share one sum. */
function splits(rec: Recorder): { SPLIT: number; ITEMS: number } {
  return rec.software ? { SPLIT: 1, ITEMS: 64 } : { SPLIT: 8, ITEMS: 8 };
}

/** A product with one thin side: [rows, width], [rank, width] and [rows, rank], whichever of the three is made. */
function thinWork(rows: number, width: number, rank: number, accumulate = false): Work {
  const added = accumulate ? rank * width : 0;
  return { flops: 2 * rows * width * rank + added, bytes: words(rows * width + rank * width + rows * rank + added) };
}

/** u[rows, rank] = dropout(x) Aᵀ */
export function project(rec: Recorder, adapter: Adapter, x: Tensor, shape: Shape, u: Tensor): void {
  const constants = splits(rec);
  const grid = [tiles(shape.rows, constants.ITEMS), tiles(adapter.rank, 8)] as const;
  const bind = { x, a: adapter.a, out: u };
  const work = thinWork(shape.rows, adapter.a.shape[1]!, adapter.rank);
  rec.dispatch({ stem: 'lora', entry: 'project', bind, params: params(adapter, shape), constants, grid, work });
}

/** t[rows, rank] = scale · dy B */
export function backproject(rec: Recorder, adapter: Adapter, dy: Tensor, shape: Shape, t: Tensor): void {
  const constants = splits(rec);
  const grid = [tiles(shape.rows, constants.ITEMS), tiles(adapter.rank, 8)] as const;
  const bind = { dy, b: adapter.b, out: t };
  const work = thinWork(shape.rows, adapter.b.shape[0]!, adapter.rank);
  rec.dispatch({ stem: 'lora', entry: 'backproject', bind, params: params(adapter, shape), constants, grid, work });
}

/** dA (+)= tᵀ dropout(x) and dB (+)= scale · dyᵀ u; `accumulate` adds to what the micro-steps before left. */
export function gradients(
  rec: Recorder,
  adapter: Adapter,
  saved: { readonly x: Tensor; readonly dy: Tensor; readonly u: Tensor; readonly t: Tensor },
  shape: Shape & { readonly accumulate: boolean },
  grads: { readonly a: Tensor; readonly b: Tensor },
): void {
  const values = params(adapter, shape, shape.accumulate);
  const constants = splits(rec);
  const width = 4 * constants.ITEMS;
  const [ofA, ofB] = [values.inputs, values.outputs].map((columns) =>
    thinWork(shape.rows, columns, adapter.rank, shape.accumulate),
  );
  rec.dispatch({
    stem: 'lora',
    entry: 'gradients',
    bind: { ...saved, out: grads.a, outB: grads.b },
    params: values,
    constants,
    grid: [tiles(values.inputs, width) + tiles(values.outputs, width), tiles(adapter.rank, 4)],
    work: { flops: ofA!.flops + ofB!.flops, bytes: ofA!.bytes + ofB!.bytes },
  });
}

/** merged = bf16(W + scale · B A), rounded once. `merged` may not be `weight` itself. */
export function merge(rec: Recorder, adapter: Adapter, weight: Tensor, merged: Tensor): void {
  const values = params(adapter, { rows: 0, dropout: noDropout });
  const count = values.inputs * values.outputs;
  rec.dispatch({
    stem: 'lora',
    entry: 'merge',
    bind: { a: adapter.a, b: adapter.b, weight, merged },
    params: values,
    grid: lines(tiles(Math.ceil(count / 2), 64)),
    work: {
      flops: count * (2 * adapter.rank + 2),
      bytes: 2 * halves(count) + words(adapter.rank * (values.inputs + values.outputs)),
    },
  });
}
