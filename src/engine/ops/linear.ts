/**
 * Frozen bf16 projections of one input, each with an optional bias and an optional low-rank adapter, fused: one dispatch for
 * up to four of them (queries, keys and values; gate and up) when their tensors of each kind lie in one buffer.
 */
import { tilesByPart } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import { type Group, type Tensor, together } from '../gpu/tensor';
import type { Product, Variant } from '../gpu/variants';
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
    variant: kernel.variant,
    entry: kernel.single ? 'forwardAny' : 'forward',
    bind: { [kernel.single ? 'xAny' : 'x']: x, [kernel.forwardWeight]: weight, ...others },
    params: {
      ...params(parts, rows),
      ...{ tiles: tiles.first, seed: 0, accumulate: 0, ...dropoutParams(0) },
      weightAt: spans.weight.starts,
      biasAt: parts.map(({ bias }, p) => (bias ? spans.bias.starts[p]! : ABSENT)),
      ...{ lowAt: spans.u.starts, factorAt: spans.b.starts, outAt: spans.y.starts },
    },
    work: forwardWork(rows, residual !== undefined, parts),
    constants: { RESIDUAL: residual ? 1 : 0, LORA: spans.u.whole ? 1 : 0, ...kernel.constants },
    grid: [tiles.total, ceil(rows, kernel.rows)],
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
  const [weight, dy] = [spans.weight.whole!, spans.dy.whole!];
  const [t, a] = [spans.t.whole ?? dy, spans.a.whole ?? weight];
  rec.dispatch({
    stem: 'linear',
    variant: kernel.variant,
    entry: kernel.single ? 'backwardAny' : 'backward',
    bind: kernel.single
      ? { weightAny: weight, aAny: a, dxAny: dx, dy, t }
      : { [kernel.backwardWeight]: weight, a, dx, dy, t },
    params: {
      ...params(parts, rows),
      ...{ tiles: 0, accumulate: accumulate ? 1 : 0, ...dropoutParams(dropout) },
      ...{ seed: parts.map(({ low }) => low?.seed ?? 0), weightAt: spans.weight.starts, biasAt: 0 },
      ...{ lowAt: spans.t.starts, factorAt: spans.a.starts, outAt: spans.dy.starts },
    },
    work: backwardWork(rows, accumulate, parts),
    constants: { LORA: spans.t.whole ? 1 : 0, ...kernel.constants },
    grid: [ceil(inputsOf(parts), kernel.columns), ceil(rows, kernel.rows)],
  });
}

const inputsOf = (parts: readonly Part[]) => parts[0]!.weight.shape[1]!;
const ceil = (size: number, tile: number) => Math.ceil(size / tile);

interface Kernel {
  /** Of the shader; undefined for the plain one. */
  readonly variant?: string;
  readonly constants?: Readonly<Record<string, number>>;
  /** Rows and columns of a workgroup. */
  readonly rows: number;
  readonly columns: number;
  /** Names of the weight's binding: how many words are read at once. */
  readonly forwardWeight: string;
  readonly backwardWeight: string;
  /** One element per invocation. */
  readonly single?: boolean;
}

const LANES = 16;

const kernels: Readonly<Record<Variant | 'single', Kernel>> = {
  single: { rows: 8, columns: 8, forwardWeight: 'weightAny', backwardWeight: 'weightAny', single: true },
  registers: { rows: 64, columns: 64, forwardWeight: 'weight', backwardWeight: 'weightWide' },
  lanes: {
    ...{ variant: 'lanes', constants: { LANES, TEAMS: 64 / LANES }, rows: 8, columns: (4 * 64) / LANES },
    ...{ forwardWeight: 'weightWide', backwardWeight: 'weightWide' },
  },
  tiles64: tiles(64),
  tiles128: tiles(128),
};

function tiles(side: number): Kernel {
  const weight = { forwardWeight: 'weight', backwardWeight: 'weight' };
  return { variant: 'tiled', constants: { SIDE: side / 8 }, rows: side, columns: side, ...weight };
}

/** Widths that are no whole eights are for the plain shader, element by element. */
function kernelOf({ variants }: Recorder, product: Product, rows: number, parts: readonly Part[]): Kernel {
  const inputs = inputsOf(parts);
  if (inputs % 8 !== 0) return kernels.single;
  const outputs = parts.reduce((sum, { weight }) => sum + weight.shape[0]!, 0);
  return kernels[variants.of(product, { rows, inputs, outputs })];
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
