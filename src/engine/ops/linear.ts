/**
 * Frozen bf16 projections of one input, each with an optional bias and an optional low-rank adapter, fused: one dispatch for
 * up to four of them (queries, keys and values; gate and up) when their tensors of each kind lie in one buffer.
 */
import { tilesByPart } from '../gpu/grid';
import { joiner } from '../gpu/joiner';
import { constantsOf, inputsOf, type Kernel, kernelOf, termsOf, vectorsOf } from '../gpu/linearKernels';
import { ABSENT, outputsOf, params, partial, perKernel, shapesOf, stagesOf } from '../gpu/linearParams';
import { boundHalves, gridOf, type Halves, halvesOf, splitOf } from '../gpu/linearRoom';
import { backwardWork, forwardWork, halvesWork, sumsWork } from '../gpu/linearWork';
import type { Dispatch, Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { byRows } from '../gpu/work';
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
  /** Makes u (`lora.project`) before it is read, and x in halves where they are wanted; returns those it has made. */
  readonly prepare?: Prepare | undefined;
}

export interface LinearBackward {
  readonly rows: number;
  /** Probability of forward's dropout. */
  readonly dropout: number;
  /** Adds to dx instead of overwriting it. */
  readonly accumulate: boolean;
  /** Makes t (`lora.backproject`) before it is read, and all dy in halves where they are wanted; returns those it has made. */
  readonly prepare?: Prepare | undefined;
}

type Prepare = (wanted: Halves | undefined) => Halves | undefined;

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
  let { prepare } = op;
  for (const group of forwardGroups(parts)) {
    const halves = dispatchForward(rec, op, group, prepare);
    prepare = () => halves;
  }
}

/** Returns x in halves, if there are now. */
function dispatchForward(
  rec: Recorder,
  { x, rows, residual }: LinearForward,
  { parts, facts }: ReturnType<typeof forwardGroups>[number],
  prepare: Prepare | undefined,
): Halves | undefined {
  const { spans, terms, columns } = facts;
  const kernel = kernelOf(rec, 'forward', rows, parts);
  const by = facts.by(kernel);
  const split = splitOf(rec, kernel, { rows, columns, tiles: by.tiles }, terms);
  const stages = stagesOf(split);
  const how = residual ? 'added' : 'alone';
  const halves = kernel.halves ? halvesOf(rec, rows, terms) : undefined;
  const made = prepare?.(halves);
  if (halves && !made) halve(rec, 'halveX', { bind: { xWide: x }, params: { ...by.params, rows, ...stages } }, halves);
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
  if (!split) return halves ?? made;
  rec.dispatch({
    ...{ stem: 'linear', variant: 'sums', entry: 'forwardSums' },
    bind: { sumsWide: split.sums, bias, residualWide: rest, yWide: y },
    params: { ...by.sums.params, rows, ...stages },
    constants: by.sums.constants[how],
    grid: [ceil(by.sums.quads, SUMS_WIDTH), rows],
    work: sumsWork(rows * columns, split.count),
  });
  return halves ?? made;
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
  let { accumulate, prepare } = op;
  const groups = backwardGroups(parts);
  // Those of one group are not another's.
  if (groups.length > 1) {
    prepare?.(undefined);
    prepare = undefined;
  }
  for (const group of groups) {
    dispatchBackward(rec, { ...op, accumulate, prepare }, group, dx);
    accumulate = true;
  }
}

function dispatchBackward(
  rec: Recorder,
  { rows, dropout, accumulate, prepare }: LinearBackward,
  { parts, facts }: ReturnType<typeof backwardGroups>[number],
  dx: Tensor,
): void {
  const { spans, inputs, terms, vectors } = facts;
  const kernel = kernelOf(rec, 'backward', rows, parts);
  const tiles = ceil(inputs, kernel.columns);
  const split = splitOf(rec, kernel, { rows, columns: inputs, tiles }, terms);
  const told = { ...facts.params, seed: seedsOf(parts), rows, ...dropoutParams(dropout), ...stagesOf(split) };
  const halves = kernel.halves ? halvesOf(rec, rows, terms) : undefined;
  const made = prepare?.(halves);
  const [weight, dy] = [spans.weight.whole!, spans.dy.whole!];
  const low = { t: spans.t.whole ?? dy, a: spans.a.whole ?? weight };
  if (halves && !made) halve(rec, 'halveDy', { bind: { xWide: dy }, params: told, constants: vectors }, halves);
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

/** x or dy as `linear.matrices` multiplies it. */
function halve(
  rec: Recorder,
  entry: 'halveX' | 'halveDy',
  { bind, ...of }: Pick<Dispatch, 'bind' | 'params' | 'constants'>,
  halves: Halves,
): void {
  rec.dispatch({
    ...of,
    ...{ stem: 'linear', variant: 'halves', entry, bind: { ...bind, ...boundHalves(halves) }, grid: [halves.rows] },
    work: halvesWork(halves, true),
  });
}

/** Invocations of a workgroup of `linear.sums`. */
const SUMS_WIDTH = 256;

const ceil = (size: number, tile: number) => Math.ceil(size / tile);
