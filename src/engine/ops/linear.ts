/**
 * Frozen bf16 projections of one input, each with an optional bias and an optional low-rank adapter, fused: one dispatch for
 * up to four of them (queries, keys and values; gate and up) when their tensors of each kind lie in one buffer.
 */
import { tilesByPart } from '../gpu/grid';
import {
  constantsOf,
  gridOf,
  type Halves,
  halvesOf,
  inputsOf,
  kernelOf,
  type Split,
  splitOf,
  termsOf,
  vectorsOf,
} from '../gpu/linearKernels';
import type { Dispatch, Recorder } from '../gpu/recorder';
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
  const kernel = kernelOf(rec, 'forward', rows, parts);
  const tiles = tilesByPart(parts.map(({ weight }) => ceil(weight.shape[0]!, kernel.columns)));
  const terms = termsOf('forward', parts);
  const split = splitOf(rec, kernel, { rows, columns: outputsOf(parts), tiles: tiles.total }, terms);
  const weight = spans.weight.whole!;
  const y = spans.y.whole!;
  const rest = { bias: spans.bias.whole ?? weight, residual: residual ?? x };
  const values = {
    ...params(parts, rows),
    biasAt: parts.map(({ bias }, p) => (bias ? spans.bias.starts[p]! : ABSENT)),
    weightAt: spans.weight.starts,
    lowAt: spans.u.starts,
    factorAt: spans.b.starts,
    outAt: spans.y.starts,
  };
  const halves = kernel.halves && halvesOf(rec, rows, terms);
  const full = { ...values, tiles: tiles.first, ...stagesOf(split) };
  if (halves) halve(rec, 'halveX', { x }, full, halves);
  rec.dispatch({
    stem: 'linear',
    variant: kernel.variant,
    entry: kernel.single ? 'forwardAny' : 'forward',
    bind: {
      ...(halves ? { halves: halves.values, scales: halves.scales } : { [kernel.single ? 'xAny' : 'x']: x }),
      ...{ [kernel.forwardWeight]: weight, bias: rest.bias },
      ...{ [kernel.wide ? 'residualWide' : 'residual']: rest.residual },
      // What is absent is bound to anything else and never read.
      ...{ [kernel.halves ? 'uWide' : 'u']: spans.u.whole ?? x, [kernel.halves ? 'bWide' : 'b']: spans.b.whole ?? x },
      [kernel.wide ? 'yWide' : 'y']: split?.sums ?? y,
    },
    params: { ...full, ...(split && partial(parts)) },
    work: forwardWork(rows, residual !== undefined, parts),
    constants: {
      RESIDUAL: residual && !split ? 1 : 0,
      LORA: spans.u.whole ? 1 : 0,
      ...constantsOf(rec, kernel, shapesOf(parts)),
    },
    grid: gridOf(kernel, tiles.total, rows, split),
  });
  if (!split) return;
  const quads = tilesByPart(parts.map(({ weight }) => ceil(weight.shape[0]!, 4)));
  rec.dispatch({
    ...{ stem: 'linear', variant: 'sums', entry: 'forwardSums' },
    bind: { sumsWide: split.sums, bias: rest.bias, residualWide: rest.residual, yWide: y },
    params: { ...values, tiles: quads.first, ...stagesOf(split) },
    constants: { RESIDUAL: residual ? 1 : 0, ...vectorsOf(parts) },
    grid: [ceil(quads.total, SUMS_WIDTH), rows],
    work: sumsWork(rows * outputsOf(parts), split.count),
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
  const kernel = kernelOf(rec, 'backward', rows, parts);
  const inputs = inputsOf(parts);
  const tiles = ceil(inputs, kernel.columns);
  const terms = termsOf('backward', parts);
  const split = splitOf(rec, kernel, { rows, columns: inputs, tiles }, terms);
  const [weight, dy] = [spans.weight.whole!, spans.dy.whole!];
  const [t, a] = [spans.t.whole ?? dy, spans.a.whole ?? weight];
  const out = split?.sums ?? dx;
  const values = {
    ...params(parts, rows),
    seed: parts.map(({ low }) => low?.seed ?? 0),
    weightAt: spans.weight.starts,
    lowAt: spans.t.starts,
    factorAt: spans.a.starts,
    outAt: spans.dy.starts,
    ...dropoutParams(dropout),
    ...stagesOf(split),
  };
  const halves = kernel.halves && halvesOf(rec, rows, terms);
  if (halves) halve(rec, 'halveDy', { dy }, { ...values, accumulate: 0 }, halves);
  const of = halves ? { halves: halves.values, scales: halves.scales } : { [kernel.wide ? 'dyWide' : 'dy']: dy };
  rec.dispatch({
    stem: 'linear',
    variant: kernel.variant,
    entry: kernel.single ? 'backwardAny' : 'backward',
    bind: kernel.single
      ? { weightAny: weight, aAny: a, dxAny: dx, dy, t }
      : { [kernel.backwardWeight]: weight, a, dx: out, ...of, [kernel.halves ? 'tWide' : 't']: t },
    params: { ...values, accumulate: accumulate && !split ? 1 : 0 },
    work: backwardWork(rows, accumulate, parts),
    constants: {
      LORA: spans.t.whole ? 1 : 0,
      ...constantsOf(rec, kernel, shapesOf(parts)),
    },
    grid: gridOf(kernel, tiles, rows, split),
  });
  if (!split) return;
  rec.dispatch({
    ...{ stem: 'linear', variant: 'sums', entry: 'backwardSums', bind: { sumsWide: split.sums, dx } },
    params: { ...values, accumulate: accumulate ? 1 : 0 },
    grid: [ceil(inputs / 4, SUMS_WIDTH), rows],
    work: sumsWork(rows * inputs, split.count),
  });
}

/** x or dy as `linear.matrices` multiplies it. */
function halve(
  rec: Recorder,
  entry: 'halveX' | 'halveDy',
  of: Readonly<Record<string, Tensor>>,
  params: Dispatch['params'] & object,
  { rows, values: newHalves, scales: newScales }: Halves,
): void {
  const count = rows * newHalves.shape[1]!;
  rec.dispatch({
    ...{ stem: 'linear', variant: 'halves', entry, bind: { ...of, newHalves, newScales }, params, grid: [rows] },
    work: { flops: 4 * count, bytes: words(2 * count) },
  });
}

function shapesOf(parts: readonly (ForwardPart | BackwardPart)[]) {
  return parts.map(({ weight, pitch, low }) => ({ weight, pitch, rank: low?.adapter.rank ?? 0 }));
}

/** Invocations of a workgroup of `linear.sums`. */
const SUMS_WIDTH = 256;

const outputsOf = (parts: readonly Part[]) => parts.reduce((sum, { weight }) => sum + weight.shape[0]!, 0);
const ceil = (size: number, tile: number) => Math.ceil(size / tile);

/** What a split product writes lies side by side, without bias and residual. */
function partial(parts: readonly ForwardPart[]) {
  const outAt = parts.map((_, p) => outputsOf(parts.slice(0, p)));
  return { outAt, pitch: parts.map(() => outputsOf(parts)), biasAt: parts.map(() => ABSENT) };
}

function stagesOf(split: Split | undefined) {
  return { stages: split?.stages ?? WHOLE, splits: split?.count ?? 1 };
}

/** Stages enough for any product. */
const WHOLE = 1 << 24;

/** The sums are no work of a model: what they cost is the kernel's. */
function sumsWork(count: number, splits: number): Work {
  return { flops: count * splits, bytes: words(count * (splits + 1)) };
}

/** What is the same for both products and all kernels; each sets the rest that it reads. */
function params(parts: readonly (ForwardPart | BackwardPart)[], rows: number) {
  return {
    tiles: [] as readonly number[],
    outputs: parts.map(({ weight }) => weight.shape[0]!),
    pitch: parts.map(({ weight, pitch }) => pitch ?? weight.shape[0]!),
    rank: parts.map(({ low }) => low?.adapter.rank ?? 0),
    scale: parts.map(({ low }) => low?.adapter.scale ?? 0),
    seed: [] as readonly number[],
    biasAt: [] as readonly number[],
    parts: parts.length,
    rows,
    inputs: inputsOf(parts),
    threshold: 0,
    keep: 1,
    accumulate: 0,
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
