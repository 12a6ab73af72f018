/**
 * The thin matrices of low-rank adapters on one input; what is added to the frozen projections is fused into `linear`. One
 * dispatch serves up to four adapters when their tensors of each kind lie in one buffer.
 */
import { lines, tilesByPart } from '../gpu/grid';
import { joiner } from '../gpu/joiner';
import { boundHalves, type Halves } from '../gpu/linearRoom';
import { halvesWork } from '../gpu/linearWork';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { byRows, halves, sumOf, type Work, words } from '../gpu/work';

export interface Adapter {
  /** [rank, inputs] */
  readonly a: Tensor;
  /** [outputs, rank] */
  readonly b: Tensor;
  readonly rank: number;
  /** alpha / rank */
  readonly scale: number;
}

interface Part {
  readonly adapter: Adapter;
}

export interface ProjectPart extends Part {
  /** Of the dropout on the adapter's input: the mask is a function of seed, row and column. */
  readonly seed: number;
  /** [rows, rank] */
  readonly u: Tensor;
}

export interface BackprojectPart extends Part {
  /** [rows, outputs] */
  readonly dy: Tensor;
  /** [rows, rank] */
  readonly t: Tensor;
}

export interface GradientsPart extends ProjectPart, BackprojectPart {
  /** Of the adapter's A and B. */
  readonly grads: { readonly a: Tensor; readonly b: Tensor };
}

interface Halving {
  /** Of what is projected, wanted by `linear`: to be made on the way. Those of x are of widths that are a multiple of 8. */
  readonly halves?: Halves | undefined;
}

interface Input {
  /** [rows, inputs] */
  readonly x: Tensor;
  readonly rows: number;
  /** Share of values dropped (inverted dropout), 0 ≤ p < 1. */
  readonly dropout: number;
}

/** What the shaders take for a dropout: a 24-bit threshold and the factor for what is kept. */
export function dropoutParams(probability: number): { threshold: number; keep: number } {
  return { threshold: Math.round(probability * 2 ** 24), keep: 1 / (1 - probability) };
}

/** All that an entry point may ask for, and what is the same for all of them; each sets the rest that it reads. */
function params(parts: readonly Part[]) {
  return {
    tiles: 0,
    outputs: parts.map(({ adapter }) => adapter.b.shape[0]!),
    rank: parts.map(({ adapter }) => adapter.rank),
    scale: parts.map(({ adapter }) => adapter.scale),
    seed: 0,
    aAt: 0,
    bAt: 0,
    dyAt: 0,
    uAt: 0,
    tAt: 0,
    outAt: 0,
    outBAt: 0,
    rows: 0,
    inputs: inputsOf(parts),
    threshold: 0,
    keep: 1,
    accumulate: 0,
  };
}

const inputsOf = (parts: readonly Part[]) => parts[0]!.adapter.a.shape[1]!;
const ceil = (size: number, tile: number) => Math.ceil(size / tile);

/**
 * Invocations that share the terms of a sum, and sums of a workgroup: of a row's sums, whose terms are many; of a gradient's,
 * which has as many terms as there are rows. On a CPU adapter a sum is one invocation's, and a workgroup one core's: few rows
 * are to keep more than one busy, while neighbouring columns of a gradient come from the same lines of memory.
 */
type Splits = { readonly SPLIT: number; readonly ITEMS: number };
const rowSplits = ({ software }: Recorder): Splits => (software ? { SPLIT: 1, ITEMS: 8 } : { SPLIT: 256, ITEMS: 1 });
const gradientSplits = ({ software }: Recorder): Splits =>
  software ? { SPLIT: 1, ITEMS: 32 } : { SPLIT: 8, ITEMS: 8 };

/** 1 where rows of these widths begin and end on vectors of four. */
function byVectors(widths: readonly number[]): { WHOLE_VECTORS: number } {
  return { WHOLE_VECTORS: widths.every((width) => width % 4 === 0) ? 1 : 0 };
}

const RANKS = 8;

const tilesOfRanks = (parts: readonly Part[]) => tilesByPart(parts.map(({ adapter }) => ceil(adapter.rank, RANKS)));
const seedsOf = (parts: readonly { readonly seed: number }[]) => parts.map(({ seed }) => seed);

const projectGroups = joiner<ProjectPart>()({
  kinds: { a: ({ adapter }: ProjectPart) => adapter.a, u: ({ u }) => u },
  same: (one, other) => one.adapter === other.adapter && one.u === other.u,
  factsOf: (parts, spans) => {
    const { first: tiles, total } = tilesOfRanks(parts);
    return {
      ...{ spans, total, vectors: byVectors([inputsOf(parts)]) },
      params: { ...params(parts), tiles, aAt: spans.a.starts, outAt: spans.u.starts },
      work: byRows((rows) =>
        sumOf(parts, ({ adapter: { a, rank } }, index) => thinWork(rows, a.shape[1]!, rank, index === 0)),
      ),
    };
  },
});

/** u[rows, rank] = dropout(x) Aᵀ of every part, and x in halves. Returns those it has made. */
export function project(
  rec: Recorder,
  { x, rows, dropout, halves }: Input & Halving,
  all: readonly ProjectPart[],
): Halves | undefined {
  let made: Halves | undefined;
  for (const { parts, facts } of projectGroups(all)) {
    const { spans, total, vectors } = facts;
    const constants = { ...rowSplits(rec), ...vectors };
    const [aWide, out] = [spans.a.whole!, spans.u.whole!];
    const now = made ? undefined : halves;
    rec.dispatch({
      stem: 'lora',
      variant: now && 'halves',
      entry: 'project',
      bind: now ? { xWide: x, aWide, out, ...boundHalves(now) } : { xWide: x, aWide, out },
      params: { ...facts.params, rows, seed: seedsOf(parts), ...dropoutParams(dropout) },
      constants,
      grid: gridOf(rows, total, constants, now),
      work: workOf(facts.work(rows), now),
    });
    made ??= now;
  }
  return made;
}

const backprojectGroups = joiner<BackprojectPart>()({
  kinds: { b: ({ adapter }: BackprojectPart) => adapter.b, dy: ({ dy }) => dy, t: ({ t }) => t },
  same: (one, { adapter, dy, t }) => one.adapter === adapter && one.dy === dy && one.t === t,
  factsOf: (parts, spans) => {
    const { first: tiles, total } = tilesOfRanks(parts);
    const starts = { bAt: spans.b.starts, dyAt: spans.dy.starts, outAt: spans.t.starts };
    const [ranks, outputs] = [
      parts.map(({ adapter }) => adapter.rank),
      parts.map(({ adapter }) => adapter.b.shape[0]!),
    ];
    return {
      ...{ spans, total, vectors: byVectors(ranks), wide: byVectors([...ranks, ...outputs]) },
      params: { ...params(parts), tiles, ...starts },
      work: byRows((rows) => sumOf(parts, ({ adapter: { b, rank } }) => thinWork(rows, b.shape[0]!, rank, true))),
    };
  },
});

/** t[rows, rank] = scale · dy B of every part, and dy in halves where one dispatch reads all. Returns those it has made. */
export function backproject(
  rec: Recorder,
  { rows, halves }: Pick<Input, 'rows'> & Halving,
  all: readonly BackprojectPart[],
): Halves | undefined {
  const groups = backprojectGroups(all);
  const made = groups.length === 1 ? halves : undefined;
  for (const { facts } of groups) {
    const { spans, total, vectors, wide } = facts;
    const constants = { ...rowSplits(rec), ...(made ? wide : vectors) };
    const [dy, bWide, out] = [spans.dy.whole!, spans.b.whole!, spans.t.whole!];
    rec.dispatch({
      stem: 'lora',
      variant: made && 'halves',
      entry: 'backproject',
      bind: made ? { dy, bWide, out, xWide: dy, ...boundHalves(made) } : { dy, bWide, out },
      params: { ...facts.params, rows },
      constants,
      grid: gridOf(rows, total, constants, made),
      work: workOf(facts.work(rows), made),
    });
  }
  return made;
}

/** Halves are made in one more line of the grid. */
function gridOf(rows: number, lines: number, { ITEMS }: Splits, halves: Halves | undefined) {
  return halves ? ([halves.rows / ITEMS, lines + 1] as const) : ([ceil(rows, ITEMS), lines] as const);
}

function workOf(work: Work, halves: Halves | undefined): Work {
  return halves ? sumOf([work, halvesWork(halves, false)], (one) => one) : work;
}

interface Gradients extends Input {
  /** Adds to what the micro-steps before left. */
  readonly accumulate: boolean;
}

const gradientsGroups = joiner<GradientsPart>()({
  kinds: {
    da: ({ grads }: GradientsPart) => grads.a,
    db: ({ grads }: GradientsPart) => grads.b,
    dy: ({ dy }: GradientsPart) => dy,
    u: ({ u }: GradientsPart) => u,
    t: ({ t }: GradientsPart) => t,
  },
  same: (one, { adapter, dy, u, t, grads }) =>
    one.adapter === adapter && one.dy === dy && one.u === u && one.t === t && one.grads === grads,
  factsOf: (parts, { dy, u, t, da, db }) => {
    const sizes = parts.map(({ adapter: { a, b, rank } }) => ({ inputs: a.shape[1]!, outputs: b.shape[0]!, rank }));
    const work = (accumulate: boolean) => (rows: number) =>
      sumOf(sizes, ({ inputs, outputs, rank }, part) =>
        sumOf(
          [thinWork(rows, inputs, rank, part === 0, accumulate), thinWork(rows, outputs, rank, true, accumulate)],
          (one) => one,
        ),
      );
    const starts = { dyAt: dy.starts, uAt: u.starts, tAt: t.starts, outAt: da.starts, outBAt: db.starts };
    return {
      ...{ sizes, vectors: byVectors([inputsOf(parts), ...sizes.map(({ outputs }) => outputs)]) },
      bind: { dyWide: dy.whole!, u: u.whole!, t: t.whole!, out: da.whole!, outB: db.whole! },
      params: { ...params(parts), ...starts },
      work: { alone: byRows(work(false)), added: byRows(work(true)) },
    };
  },
});

/** dA (+)= tᵀ dropout(x) and dB (+)= scale · dyᵀ u of every part */
export function gradients(rec: Recorder, op: Gradients, all: readonly GradientsPart[]): void {
  const { x, rows, dropout, accumulate } = op;
  for (const { parts, facts } of gradientsGroups(all)) {
    const constants = { ...gradientSplits(rec), ...facts.vectors };
    const width = 4 * constants.ITEMS;
    const tiles = tilesByPart(facts.sizes.map(({ inputs, outputs }) => ceil(inputs, width) + ceil(outputs, width)));
    const now = { tiles: tiles.first, rows, seed: seedsOf(parts), accumulate: accumulate ? 1 : 0 };
    rec.dispatch({
      stem: 'lora',
      entry: 'gradients',
      bind: { xWide: x, ...facts.bind },
      params: { ...facts.params, ...now, ...dropoutParams(dropout) },
      constants,
      grid: [tiles.total, ceil(Math.max(...facts.sizes.map(({ rank }) => rank)), 4)],
      work: facts.work[accumulate ? 'added' : 'alone'](rows),
    });
  }
}

/**
 * A product with one thin side: [rows, width], [rank, width] and [rows, rank], whichever of the three is made. The wide one
 * counts where it is not that of the part before.
 */
function thinWork(rows: number, width: number, rank: number, wide: boolean, accumulate = false): Work {
  const added = accumulate ? rank * width : 0;
  const moved = (wide ? rows * width : 0) + rank * width + rows * rank + added;
  return { flops: 2 * rows * width * rank + added, bytes: words(moved) };
}

/** merged = bf16(W + scale · B A), rounded once. `merged` may not be `weight` itself. */
export function merge(rec: Recorder, adapter: Adapter, weight: Tensor, merged: Tensor): void {
  const [outputs, inputs] = [adapter.b.shape[0]!, adapter.a.shape[1]!];
  const count = inputs * outputs;
  rec.dispatch({
    stem: 'lora',
    entry: 'merge',
    bind: { a: adapter.a, b: adapter.b, weight, merged },
    params: params([{ adapter }]),
    grid: lines(Math.ceil(count / 128)),
    work: {
      flops: count * (2 * adapter.rank + 2),
      bytes: 2 * halves(count) + words(adapter.rank * (inputs + outputs)),
    },
  });
}
