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

const WIDTH = 64;
/** Invocations that share the queries of one key on a graphics card. */
const KEY_LANES = 16;
/** Elements of a slice of a head, and how many of them an invocation makes at most. */
const SLICE = 32;
const MOST_HELD = 4;

/**
 * out[queries, heads, headDim] and stats[queries, heads, 2]: the log-sum-exp, and room for what backward adds.
 * Throws on head counts or dimensions it cannot serve.
 */
export function forward(rec: Recorder, a: Attention, out: Tensor, stats: Tensor): void {
  const { q, k, v, keyStart, keyEnd } = a;
  const bind = { q, k, v, keyStart, keyEnd, out, newStats: stats };
  const work = workOf(a, { products: 2, perQuery: 2, perKey: 2 });
  rec.dispatch({ stem: 'attention', entry: 'forward', bind, ...shape(rec, a), grid: perQuery(a, parts(rec, a)), work });
}

/** Gradients of q, k and v. */
export function backward(
  rec: Recorder,
  a: Attention,
  { seenBy, out, stats }: Saved,
  dOut: Tensor,
  { dq, dk, dv }: AttentionGradients,
): void {
  const { q, k, v, keyStart, keyEnd } = a;
  const { params, constants } = shape(rec, a);
  const stem = 'attention';
  rec.dispatch({
    ...{ stem, params, constants },
    entry: 'backwardDelta',
    bind: { saved: out, dOut, newStats: stats },
    grid: perQuery(a, 1),
    work: { flops: 2 * elements(a), bytes: words(2 * elements(a) + a.queries * a.heads) },
  });
  rec.dispatch({
    ...{ stem, params, constants },
    entry: 'backwardQuery',
    bind: { q, k, v, dOut, stats, keyStart, keyEnd, dq },
    grid: perQuery(a, parts(rec, a)),
    work: workOf(a, { products: 3, perQuery: 3, perKey: 2 }),
  });
  const lanes = rec.software ? 1 : KEY_LANES;
  rec.dispatch({
    stem,
    entry: 'backwardKey',
    bind: { q, k, v, dOut, stats, seenBy, dk, dv },
    params: { ...params, keys: a.keys },
    constants: { ...constants, KEY_LANES: lanes },
    grid: [...lines(Math.ceil((a.keys * a.kvHeads * lanes) / WIDTH)), parts(rec, a)],
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

function perQuery({ queries, heads }: Attention, parts: number): [number, number] {
  return [Math.ceil(queries / WIDTH), heads * parts];
}

/** A whole head where it is one to four whole slices; others would make kernels that take minutes to compile. */
function held({ software }: Recorder, { headDim }: Attention): number {
  const slices = headDim / SLICE;
  return software && slices <= MOST_HELD && Number.isInteger(slices) ? slices : 1;
}

/** Invocations for a head. */
function parts(rec: Recorder, a: Attention): number {
  return Math.ceil(a.headDim / (SLICE * held(rec, a)));
}

function shape(rec: Recorder, a: Attention) {
  const { queries, heads, kvHeads, headDim, prefix } = a;
  if (headDim % 2 !== 0) throw new Error(`attention needs an even head dimension, not ${headDim}`);
  if (heads % kvHeads !== 0) throw new Error(`attention cannot share ${kvHeads} KV heads among ${heads} heads`);
  const params = { queries, keys: 0, heads, kvHeads, prefix, scale: 1 / Math.sqrt(headDim) };
  return { params, constants: { PAIRS: headDim / 2, HELD: held(rec, a) } };
}
