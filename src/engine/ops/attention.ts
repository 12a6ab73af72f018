/**
 * Attention over packed rows with a shared prefix and grouped KV heads. Forward also serves decoding, where keys and
 * values are caches with a range of slots per sequence. Saved for backward: q, k, v, out and the softmax's statistics.
 */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { type Work, words } from '../gpu/work';

export interface Attention {
  /** [queries, heads, headDim] */
  readonly q: Tensor;
  /** [slots, kvHeads, headDim] */
  readonly k: Tensor;
  readonly v: Tensor;
  /** u32 [≥ queries]: query t sees the keys [0, min(prefix, keyStart[t])) and [keyStart[t], keyEnd[t]). */
  readonly keyStart: Tensor;
  readonly keyEnd: Tensor;
  /** Keys at the front that all rows share; may be 0. */
  readonly prefix: number;
  readonly queries: number;
  /** Slots that these queries see between them, or more: in training those that get a gradient. */
  readonly keys: number;
  /** How many pairs of a query and a key it sees there are. */
  readonly pairs: number;
  /** A multiple of kvHeads. */
  readonly heads: number;
  readonly kvHeads: number;
  /** Even, at most 256. */
  readonly headDim: number;
  /**
   * What the invocations of a workgroup share, where it is not to be as usual. When absent, they share as usual on a
   * graphics card, and work alone on a CPU adapter.
   */
  readonly sharing?: Partial<Sharing> | undefined;
}

/** Constants of the variant `shared`. */
export interface Sharing {
  /** Invocations of a workgroup: a power of two, a quarter of `headDim` or more. */
  readonly width: number;
  /** Rows that a workgroup holds at most, heads of a query or keys: 1, 2 or 4. */
  readonly rows: number;
  /** Keys, or a query's heads, that are weighted at once: a power of two, 8 or more, at most `width`. */
  readonly block: number;
  /** Invocations that share a dot product, at most: a power of two. */
  readonly parts: number;
}

export interface Saved {
  /** u32 [≥ keys, 2], for all of attention's `keys`: key j is seen by exactly the queries [seenBy[j, 0], seenBy[j, 1]). */
  readonly seenBy: Tensor;
  /** What forward wrote. */
  readonly out: Tensor;
  readonly stats: Tensor;
}

export interface AttentionGradients {
  readonly dq: Tensor;
  readonly dk: Tensor;
  readonly dv: Tensor;
}

/** WIDTH of attention.wgsl. */
const WIDTH = 64;
/** Elements of a slice of a head there, and how many slices an invocation makes at most. */
const SLICE = 32;
const MOST_HELD = 4;
/** Bytes of workgroup memory that every adapter has. */
const MEMORY = 16_384;
/** SLICES of lib/held. */
const SLICES = 8;

/**
 * out[queries, heads, headDim] and stats[queries, heads, 2]: the log-sum-exp, and room for what backward adds.
 * Throws on head counts or dimensions it cannot serve.
 */
export function forward(rec: Recorder, a: Attention, out: Tensor, stats: Tensor): void {
  const { q, k, v, keyStart, keyEnd } = a;
  const bind = { q, k, v, keyStart, keyEnd, out, newStats: stats };
  const work = workOf(a, { products: 2, perQuery: 2, perKey: 2 });
  const params = paramsOf(a);
  const kernel = shared(rec, a, 'forward') ?? alone(a, perQuery(a, partsOf(a)));
  rec.dispatch({ stem: 'attention', entry: 'forward', bind, params, ...kernel, work });
}

/** Gradients of q, k and v. */
export function backward(
  rec: Recorder,
  a: Attention,
  { seenBy, out, stats }: Saved,
  dOut: Tensor,
  grads: AttentionGradients,
): void {
  if (!shared(rec, a, 'backwardQuery')) backwardDelta(rec, a, out, stats, dOut);
  backwardQuery(rec, a, stats, dOut, grads);
  backwardKey(rec, a, { seenBy, stats }, dOut, grads);
}

function backwardDelta(rec: Recorder, a: Attention, out: Tensor, stats: Tensor, dOut: Tensor): void {
  rec.dispatch({
    ...{ stem: 'attention', entry: 'backwardDelta', params: paramsOf(a), ...alone(a, perQuery(a, 1)) },
    bind: { saved: out, dOut, newStats: stats },
    work: { flops: 2 * elements(a), bytes: words(2 * elements(a) + a.queries * a.heads) },
  });
}

/** Where invocations share, it makes delta as well. */
function backwardQuery(rec: Recorder, a: Attention, stats: Tensor, dOut: Tensor, { dq }: AttentionGradients): void {
  const { q, k, v, keyStart, keyEnd } = a;
  const kernel = shared(rec, a, 'backwardQuery');
  const work = workOf(a, { products: 3, perQuery: 3, perKey: 2 });
  rec.dispatch({
    ...{ stem: 'attention', entry: 'backwardQuery', params: paramsOf(a) },
    bind: { q, k, v, dOut, [kernel ? 'newStats' : 'stats']: stats, keyStart, keyEnd, dq },
    ...(kernel ?? alone(a, perQuery(a, partsOf(a)))),
    work: kernel ? { ...work, flops: work.flops + 2 * elements(a) } : work,
  });
}

function backwardKey(
  rec: Recorder,
  a: Attention,
  { seenBy, stats }: Pick<Saved, 'seenBy' | 'stats'>,
  dOut: Tensor,
  { dk, dv }: AttentionGradients,
): void {
  const { q, k, v, keys, kvHeads } = a;
  const grid = [...lines(Math.ceil((keys * kvHeads) / WIDTH)), partsOf(a)] as const;
  rec.dispatch({
    ...{ stem: 'attention', entry: 'backwardKey' },
    bind: { q, k, v, dOut, stats, seenBy, dk, dv },
    params: { ...paramsOf(a), keys },
    ...(shared(rec, a, 'backwardKey') ?? alone(a, grid)),
    work: workOf(a, { products: 4, perQuery: 2, perKey: 4 }),
  });
}

function elements({ queries, heads, headDim }: Attention): number {
  return queries * heads * headDim;
}

/** `products` dot products of a head per pair, and a softmax; matrices of queries and of keys that are moved. */
function workOf(a: Attention, moved: { products: number; perQuery: number; perKey: number }): Work {
  const { queries, keys, pairs, heads, kvHeads, headDim } = a;
  return {
    flops: pairs * heads * (2 * headDim * moved.products + 4),
    bytes: words(moved.perQuery * elements(a) + moved.perKey * keys * kvHeads * headDim + 2 * queries * heads),
  };
}

type Grid = readonly [number, number] | readonly [number, number, number];

/** The kernel whose invocations work alone. */
function alone(a: Attention, grid: Grid) {
  return { constants: { PAIRS: a.headDim / 2, HELD: held(a) }, grid };
}

function perQuery({ queries, heads }: Attention, parts: number): Grid {
  return [Math.ceil(queries / WIDTH), heads * parts];
}

/** A whole head where it is one to four whole slices; others would make kernels that take minutes to compile. */
function held({ headDim }: Attention): number {
  const slices = headDim / SLICE;
  return slices <= MOST_HELD && Number.isInteger(slices) ? slices : 1;
}

/** Invocations for a head. */
function partsOf(a: Attention): number {
  return Math.ceil(a.headDim / (SLICE * held(a)));
}

/** What is usual on a graphics card. */
const usual: Readonly<Record<'forward' | 'backwardQuery' | 'backwardKey', Sharing>> = {
  forward: { width: 128, rows: 4, block: 64, parts: 8 },
  backwardQuery: { width: 128, rows: 4, block: 32, parts: 8 },
  // Keys of a shared prefix are seen by most: few workgroups have most to do.
  backwardKey: { width: 256, rows: 2, block: 64, parts: 4 },
};

/** The kernel whose invocations share their work; undefined where they work alone. */
function shared(rec: Recorder, a: Attention, entry: keyof typeof usual) {
  const { queries, keys, heads, kvHeads, headDim, sharing = rec.software ? undefined : {} } = a;
  if (!sharing) return undefined;
  const group = heads / kvHeads;
  const wanted = { ...usual[entry], ...sharing };
  const most = entry === 'backwardKey' ? wanted.rows : Math.min(wanted.rows, 2 ** Math.ceil(Math.log2(group)));
  const sizes = sizesOf(headDim, { ...wanted, rows: most }, entry === 'forward' ? 1 : 2);
  const rows = sizes.ROWS;
  const grid: Grid =
    entry === 'backwardKey'
      ? [...lines(Math.ceil(keys / rows)), kvHeads]
      : [...lines(queries), kvHeads * Math.ceil(group / rows)];
  return { variant: 'shared', constants: { PAIRS: headDim / 2, GROUP: group, ...sizes }, grid };
}

type Sizes = Readonly<Record<'WIDTH' | 'ROWS' | 'BLOCK' | 'PARTS' | 'SPLITS' | 'HELD' | 'POOL', number>>;

/** Constants of lib/held for heads of that size: what is wanted, or as much of it as workgroup memory has room for. */
function sizesOf(headDim: number, sharing: Sharing, matrices: number): Sizes {
  const { width, rows, block, parts } = sharing;
  const quads = Math.ceil(headDim / 4);
  const shares = Math.min(parts, powerWithin(quads));
  const splits = powerWithin(Math.min(width / quads, block / 4));
  const pool = Math.max(matrices * block * (shares + 1), rows * splits * quads);
  const bytes = 16 * (matrices * (rows * quads + block) + pool + SLICES + splits);
  if (bytes > MEMORY) {
    const less = parts > 4 ? { parts: parts / 2 } : rows > 1 ? { rows: rows / 2 } : { block: block / 2 };
    return sizesOf(headDim, { ...sharing, ...less }, matrices);
  }
  return { WIDTH: width, ROWS: rows, BLOCK: block, PARTS: shares, SPLITS: splits, HELD: matrices, POOL: pool };
}

/** The largest power of two that is no larger. */
function powerWithin(most: number): number {
  return 2 ** Math.floor(Math.log2(most));
}

function paramsOf({ queries, heads, kvHeads, headDim, prefix }: Attention) {
  if (headDim % 2 !== 0) throw new Error(`attention needs an even head dimension, not ${headDim}`);
  if (heads % kvHeads !== 0) throw new Error(`attention cannot share ${kvHeads} KV heads among ${heads} heads`);
  return { queries, keys: 0, heads, kvHeads, prefix, scale: 1 / Math.sqrt(headDim) };
}
