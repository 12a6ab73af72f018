/**
 * Frozen bf16 projections of one input, each with an optional bias and an optional low-rank adapter, fused: one dispatch for
 * up to four of them (queries, keys and values; gate and up) when their tensors of each kind lie in one buffer.
 */
import { tilesByPart } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import { type Group, type Tensor, together } from '../gpu/tensor';
import { halves, sumOf, type Work, words } from '../gpu/work';
import { type Adapter, dropoutParams } from './lora';

export interface Linear {
  /** [outputs, inputs], bf16 */
  readonly weight: Tensor;
  /** [outputs], bf16 */
  readonly bias?: Tensor | undefined;
}

interface Part extends Linear {
  /** Values from one row of y (dy) to the next; `outputs` unless they are some columns of a wider matrix. */
  readonly pitch?: number | undefined;
}

export interface ForwardPart extends Part {
  /** The adapter with u = dropout(x) Aᵀ [rows, rank], made by `lora.project`. */
  readonly low?: { readonly adapter: Adapter; readonly u: Tensor } | undefined;
  /** [rows, outputs] */
  readonly y: Tensor;
}

export interface BackwardPart extends Part {
  /** The adapter with t = scale · dy B [rows, rank], made by `lora.backproject`, and the seed of forward's dropout. */
  readonly low?: { readonly adapter: Adapter; readonly t: Tensor; readonly seed: number } | undefined;
  /** [rows, outputs] */
  readonly dy: Tensor;
}

export interface LinearForward {
  /** [rows, inputs] */
  readonly x: Tensor;
  readonly rows: number;
  /** [rows, outputs], added to the result of the only part; another buffer than y. */
  readonly residual?: Tensor | undefined;
}

export interface LinearBackward {
  readonly rows: number;
  /** Probability of forward's dropout. */
  readonly dropout: number;
  /** Adds to dx instead of overwriting it. */
  readonly accumulate: boolean;
}

const forwardKinds = {
  weight: ({ weight }: ForwardPart) => weight,
  bias: ({ bias }: ForwardPart) => bias,
  u: ({ low }: ForwardPart) => low?.u,
  b: ({ low }: ForwardPart) => low?.adapter.b,
  y: ({ y }: ForwardPart) => y,
};

const backwardKinds = {
  weight: ({ weight }: BackwardPart) => weight,
  t: ({ low }: BackwardPart) => low?.t,
  a: ({ low }: BackwardPart) => low?.adapter.a,
  dy: ({ dy }: BackwardPart) => dy,
};

const TILE = 8;
const GROUP = 8;
const ABSENT = 0xffff_ffff;

/** y[rows, outputs] = residual + x Wᵀ + bias + scale · u Bᵀ of every part */
export function forward(rec: Recorder, op: LinearForward, parts: readonly ForwardPart[]): void {
  for (const group of together(parts, forwardKinds)) dispatchForward(rec, op, group);
}

function dispatchForward(
  rec: Recorder,
  { x, rows, residual }: LinearForward,
  { parts, spans }: Group<ForwardPart, typeof forwardKinds>,
): void {
  const { wide, tile } = tiling(parts);
  const tiles = tilesByPart(parts.map(({ weight }) => ceil(weight.shape[0]!, tile)));
  const weight = spans.weight.whole!;
  // What is absent is bound to anything else and never read.
  const others = {
    bias: spans.bias.whole ?? weight,
    u: spans.u.whole ?? x,
    b: spans.b.whole ?? x,
    residual: residual ?? x,
    y: spans.y.whole!,
  };
  rec.dispatch({
    stem: 'linear',
    entry: wide ? 'forward' : 'forwardAny',
    bind: wide ? { x, weight, ...others } : { xAny: x, weightAny: weight, ...others },
    params: {
      ...params(parts, rows),
      ...{ tiles: tiles.first, seed: 0, accumulate: 0, ...dropoutParams(0) },
      weightAt: spans.weight.starts,
      biasAt: parts.map(({ bias }, p) => (bias ? spans.bias.starts[p]! : ABSENT)),
      ...{ lowAt: spans.u.starts, factorAt: spans.b.starts, outAt: spans.y.starts },
    },
    work: forwardWork(rows, residual !== undefined, parts),
    constants: { RESIDUAL: residual ? 1 : 0, LORA: spans.u.whole ? 1 : 0 },
    grid: [tiles.total, ceil(rows, tile)],
  });
}

/** dx[rows, inputs] (+)= Σ dy W + dropout(t A) over the parts. Weights and biases are frozen. */
export function backward(rec: Recorder, op: LinearBackward, parts: readonly BackwardPart[], dx: Tensor): void {
  for (const [index, group] of together(parts, backwardKinds).entries()) {
    dispatchBackward(rec, { ...op, accumulate: op.accumulate || index > 0 }, group, dx);
  }
}

function dispatchBackward(
  rec: Recorder,
  { rows, dropout, accumulate }: LinearBackward,
  { parts, spans }: Group<BackwardPart, typeof backwardKinds>,
  dx: Tensor,
): void {
  const { wide, tile } = tiling(parts);
  const [weight, dy] = [spans.weight.whole!, spans.dy.whole!];
  const [t, a] = [spans.t.whole ?? dy, spans.a.whole ?? weight];
  rec.dispatch({
    stem: 'linear',
    entry: wide ? 'backward' : 'backwardAny',
    bind: wide ? { weightWide: weight, a, dx, dy, t } : { weightAny: weight, aAny: a, dxAny: dx, dy, t },
    params: {
      ...params(parts, rows),
      ...{ tiles: 0, accumulate: accumulate ? 1 : 0, ...dropoutParams(dropout) },
      ...{ seed: parts.map(({ low }) => low?.seed ?? 0), weightAt: spans.weight.starts, biasAt: 0 },
      ...{ lowAt: spans.t.starts, factorAt: spans.a.starts, outAt: spans.dy.starts },
    },
    work: backwardWork(rows, accumulate, parts),
    constants: { LORA: spans.t.whole ? 1 : 0 },
    grid: [ceil(inputsOf(parts), tile), ceil(rows, tile)],
  });
}

const inputsOf = (parts: readonly Part[]) => parts[0]!.weight.shape[1]!;
const ceil = (size: number, tile: number) => Math.ceil(size / tile);

/** Rows and columns of a workgroup: tiles of 8 × 8 where the inputs are whole eights, else single elements. */
function tiling(parts: readonly Part[]) {
  const wide = inputsOf(parts) % TILE === 0;
  return { wide, tile: wide ? GROUP * TILE : GROUP };
}

function params(parts: readonly (ForwardPart | BackwardPart)[], rows: number) {
  return {
    ...{ parts: parts.length, rows, inputs: inputsOf(parts) },
    outputs: parts.map(({ weight }) => weight.shape[0]!),
    pitch: parts.map(({ weight, pitch }) => pitch ?? weight.shape[0]!),
    rank: parts.map(({ low }) => low?.adapter.rank ?? 0),
    scale: parts.map(({ low }) => low?.adapter.scale ?? 0),
  };
}

function forwardWork(rows: number, residual: boolean, parts: readonly ForwardPart[]): Work {
  return sumOf(parts, ({ weight, bias, low }, index) => {
    const [outputs, inputs] = [weight.shape[0]!, weight.shape[1]!];
    const rank = low?.adapter.rank ?? 0;
    const added = (bias ? 1 : 0) + (residual ? 1 : 0);
    const x = index === 0 ? rows * inputs : 0;
    return {
      flops: rows * outputs * (2 * (inputs + rank) + added),
      bytes:
        halves(outputs * (inputs + (bias ? 1 : 0))) +
        words(x + rows * rank + outputs * rank + rows * outputs * (residual ? 2 : 1)),
    };
  });
}

function backwardWork(rows: number, accumulate: boolean, parts: readonly BackwardPart[]): Work {
  return sumOf(parts, ({ weight, low }, index) => {
    const [outputs, inputs] = [weight.shape[0]!, weight.shape[1]!];
    const rank = low?.adapter.rank ?? 0;
    const dx = index === 0 ? rows * inputs * (accumulate ? 2 : 1) : 0;
    return {
      flops: rows * inputs * (2 * (outputs + rank) + (accumulate || index > 0 ? 1 : 0)),
      bytes: halves(outputs * inputs) + words(rows * (outputs + rank) + rank * inputs + dx),
    };
  });
}
