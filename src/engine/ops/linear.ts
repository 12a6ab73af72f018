/**
 * Frozen bf16 projections of one input, each with an optional bias and an optional low-rank adapter, fused: one dispatch for
 * up to four of them (queries, keys and values; gate and up) when their tensors of each kind lie in one buffer.
 */
import { tilesByPart } from '../gpu/grid';
import { joiner } from '../gpu/joiner';
import { constantsOf, inputsOf, type Kernel, kernelOf, termsOf, vectorsOf } from '../gpu/linearKernels';
import { gridOf, type Halves, halvesOf, type Split, splitOf } from '../gpu/linearRoom';
import { backwardWork, forwardWork, sumsWork } from '../gpu/linearWork';
import type { Dispatch, Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { byRows, words } from '../gpu/work';
import { type Adapter, dropoutParams } from './lora';

export interface Linear {
  /** [outputs, inputs], bf16 */
  readonly weight: Tensor;
  /** [outputs], bf16 */
  readonly bias?: Tensor | undefined;
}

interface Adapted {
  readonly low?: { readonly adapter: Adapter } | undefined;
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

const ABSENT = 0xffff_ffff;

const forwardGroups = joiner<ForwardPart>()({
  kinds: {
    weight: ({ weight }: ForwardPart) => weight,
    bias: ({ bias }: ForwardPart) => bias,
    u: ({ low }: ForwardPart) => low?.u,
    b: ({ low }: ForwardPart) => low?.adapter.b,
    y: ({ y }: ForwardPart) => y,
  },
  same: (one, other) =>
    isSame(one, other) && one.bias === other.bias && one.low?.u === other.low?.u && one.y === other.y,
  factsOf: (parts, spans) => {
    const told = {
      ...params(parts),
      biasAt: parts.map(({ bias }, p) => (bias ? spans.bias.starts[p]! : ABSENT)),
      weightAt: spans.weight.starts,
      lowAt: spans.u.starts,
      factorAt: spans.b.starts,
      outAt: spans.y.starts,
    };
    return {
      ...{ spans, columns: outputsOf(parts), terms: termsOf('forward', parts) },
      by: perKernel((kernel) => forwardBy(kernel, parts, told)),
      work: {
        alone: byRows((rows) => forwardWork(rows, false, parts)),
        added: byRows((rows) => forwardWork(rows, true, parts)),
      },
    };
  },
});

/** What a kernel is told whatever the rows: of y itself, and where shares of its terms are added up after it. */
function forwardBy(kernel: Kernel, parts: readonly ForwardPart[], params: Dispatch['params'] & object) {
  const tiles = tilesByPart(parts.map(({ weight }) => ceil(weight.shape[0]!, kernel.columns)));
  const quads = tilesByPart(parts.map(({ weight }) => ceil(weight.shape[0]!, 4)));
  const told = { ...params, tiles: tiles.first };
  const constants = { LORA: parts.some(({ low }) => low) ? 1 : 0, ...constantsOf(kernel, shapesOf(parts)) };
  return {
    tiles: tiles.total,
    params: told,
    constants: { alone: { RESIDUAL: 0, ...constants }, added: { RESIDUAL: 1, ...constants } },
    sums: {
      quads: quads.total,
      partial: { ...told, ...partial(parts) },
      params: { ...params, tiles: quads.first },
      constants: { alone: { RESIDUAL: 0, ...vectorsOf(parts) }, added: { RESIDUAL: 1, ...vectorsOf(parts) } },
    },
  };
}

/** y[rows, outputs] = residual + x Wᵀ + bias + scale · u Bᵀ of every part */
export function forward(rec: Recorder, op: LinearForward, parts: readonly ForwardPart[]): void {
  for (const group of forwardGroups(parts)) dispatchForward(rec, op, group);
}

function dispatchForward(
  rec: Recorder,
  { x, rows, residual }: LinearForward,
  { parts, facts }: ReturnType<typeof forwardGroups>[number],
): void {
  const { spans, terms, columns } = facts;
  const kernel = kernelOf(rec, 'forward', rows, parts);
  const by = facts.by(kernel);
  const split = splitOf(rec, kernel, { rows, columns, tiles: by.tiles }, terms);
  const stages = stagesOf(split);
  const how = residual ? 'added' : 'alone';
  const halves = kernel.halves ? halvesOf(rec, rows, terms) : undefined;
  if (halves) halve(rec, { entry: 'halveX', bind: { x }, params: { ...by.params, rows, ...stages } }, halves);
  const [weight, y] = [spans.weight.whole!, spans.y.whole!];
  const [bias, rest] = [spans.bias.whole ?? weight, residual ?? x];
  const low = { u: spans.u.whole ?? x, b: spans.b.whole ?? x };
  rec.dispatch({
    stem: 'linear',
    variant: kernel.variant,
    entry: kernel.single ? 'forwardAny' : 'forward',
    bind: kernel.bindForward({ x, halves, weight, bias, residual: rest, ...low, y: split?.sums ?? y }),
    params: { ...(split ? by.sums.partial : by.params), rows, ...stages },
    work: facts.work[how](rows),
    constants: by.constants[split ? 'alone' : how],
    grid: gridOf(kernel, by.tiles, rows, split),
  });
  if (!split) return;
  rec.dispatch({
    ...{ stem: 'linear', variant: 'sums', entry: 'forwardSums' },
    bind: { sumsWide: split.sums, bias, residualWide: rest, yWide: y },
    params: { ...by.sums.params, rows, ...stages },
    constants: by.sums.constants[how],
    grid: [ceil(by.sums.quads, SUMS_WIDTH), rows],
    work: sumsWork(rows * columns, split.count),
  });
}

const backwardGroups = joiner<BackwardPart>()({
  kinds: {
    weight: ({ weight }: BackwardPart) => weight,
    t: ({ low }: BackwardPart) => low?.t,
    a: ({ low }: BackwardPart) => low?.adapter.a,
    dy: ({ dy }: BackwardPart) => dy,
  },
  same: (one, other) => isSame(one, other) && one.low?.t === other.low?.t && one.dy === other.dy,
  factsOf: (parts, spans) => ({
    ...{ spans, inputs: inputsOf(parts), terms: termsOf('backward', parts), vectors: vectorsOf(parts) },
    params: {
      ...params(parts),
      weightAt: spans.weight.starts,
      lowAt: spans.t.starts,
      factorAt: spans.a.starts,
      outAt: spans.dy.starts,
    },
    work: {
      alone: byRows((rows) => backwardWork(rows, false, parts)),
      added: byRows((rows) => backwardWork(rows, true, parts)),
    },
    constants: perKernel((kernel) => ({ LORA: spans.t.whole ? 1 : 0, ...constantsOf(kernel, shapesOf(parts)) })),
  }),
});

/** dx[rows, inputs] (+)= Σ dy W + dropout(t A) over the parts. Weights and biases are frozen. */
export function backward(rec: Recorder, op: LinearBackward, parts: readonly BackwardPart[], dx: Tensor): void {
  let { accumulate } = op;
  for (const group of backwardGroups(parts)) {
    dispatchBackward(rec, { ...op, accumulate }, group, dx);
    accumulate = true;
  }
}

function dispatchBackward(
  rec: Recorder,
  { rows, dropout, accumulate }: LinearBackward,
  { parts, facts }: ReturnType<typeof backwardGroups>[number],
  dx: Tensor,
): void {
  const { spans, inputs, terms, vectors } = facts;
  const kernel = kernelOf(rec, 'backward', rows, parts);
  const tiles = ceil(inputs, kernel.columns);
  const split = splitOf(rec, kernel, { rows, columns: inputs, tiles }, terms);
  const told = { ...facts.params, seed: seedsOf(parts), rows, ...dropoutParams(dropout), ...stagesOf(split) };
  const halves = kernel.halves ? halvesOf(rec, rows, terms) : undefined;
  const [weight, dy] = [spans.weight.whole!, spans.dy.whole!];
  const low = { t: spans.t.whole ?? dy, a: spans.a.whole ?? weight };
  if (halves) halve(rec, { entry: 'halveDy', bind: { dyWide: dy }, params: told, constants: vectors }, halves);
  rec.dispatch({
    stem: 'linear',
    variant: kernel.variant,
    entry: kernel.single ? 'backwardAny' : 'backward',
    bind: kernel.bindBackward({ dy, halves, weight, ...low, dx: split?.sums ?? dx }),
    params: { ...told, accumulate: accumulate && !split ? 1 : 0 },
    work: facts.work[accumulate ? 'added' : 'alone'](rows),
    constants: facts.constants(kernel),
    grid: gridOf(kernel, tiles, rows, split),
  });
  if (!split) return;
  rec.dispatch({
    ...{ stem: 'linear', variant: 'sums', entry: 'backwardSums', bind: { sumsWide: split.sums, dx } },
    params: { ...told, accumulate: accumulate ? 1 : 0 },
    grid: [ceil(inputs / 4, SUMS_WIDTH), rows],
    work: sumsWork(rows * inputs, split.count),
  });
}

const seedsOf = (parts: readonly BackwardPart[]) => parts.map(({ low }) => low?.seed ?? 0);

/** Of what both products read. */
function isSame(one: Part & Adapted, other: Part & Adapted): boolean {
  return one.weight === other.weight && one.pitch === other.pitch && one.low?.adapter === other.low?.adapter;
}

/** What follows from the kernel, made once for each. */
function perKernel<T>(make: (kernel: Kernel) => T): (kernel: Kernel) => T {
  const made = new Map<Kernel, T>();
  return (kernel) => {
    const one = made.get(kernel) ?? make(kernel);
    made.set(kernel, one);
    return one;
  };
}

/** x or dy as `linear.matrices` multiplies it. */
function halve(rec: Recorder, of: Pick<Dispatch, 'entry' | 'bind' | 'params' | 'constants'>, into: Halves): void {
  const { rows, values: newHalves, scales: newScales } = into;
  const count = rows * newHalves.shape[1]!;
  rec.dispatch({
    ...of,
    ...{ stem: 'linear', variant: 'halves', bind: { ...of.bind, newHalves, newScales }, grid: [rows] },
    work: { flops: 4 * count, bytes: words(2 * count) },
  });
}

function shapesOf(parts: readonly (Part & Adapted)[]) {
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

/** What is the same for both products and all kernels; each sets the rest that it reads. */
function params(parts: readonly (Part & Adapted)[]) {
  return {
    tiles: [] as readonly number[],
    outputs: parts.map(({ weight }) => weight.shape[0]!),
    pitch: parts.map(({ weight, pitch }) => pitch ?? weight.shape[0]!),
    rank: parts.map(({ low }) => low?.adapter.rank ?? 0),
    scale: parts.map(({ low }) => low?.adapter.scale ?? 0),
    seed: [] as readonly number[],
    biasAt: [] as readonly number[],
    parts: parts.length,
    rows: 0,
    inputs: inputsOf(parts),
    threshold: 0,
    keep: 1,
    accumulate: 0,
  };
}
