/**
 * Attention over packed rows with a shared prefix and grouped KV heads. Forward also serves decoding, where keys and
 * values are caches with a range of slots per sequence. Saved for backward: q, k, v, out and the softmax's statistics.
 */
import { lines } from '../gpu/grid';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';

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
  /** A multiple of kvHeads. */
  readonly heads: number;
  readonly kvHeads: number;
  /** Even, at most 256. */
  readonly headDim: number;
}

export interface Saved {
  /** Slots that have a gradient: no query sees others. */
  readonly keys: number;
  /** u32 [≥ keys, 2]: key j is seen by exactly the queries [seenBy[j, 0], seenBy[j, 1]). */
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
/** Elements of a head that one invocation makes. */
const SLICE = 32;

/**
 * out[queries, heads, headDim] and stats[queries, heads, 2]: the log-sum-exp, and room for what backward adds.
 * Throws on head counts or dimensions it cannot serve.
 */
export function forward(rec: Recorder, a: Attention, out: Tensor, stats: Tensor): void {
  const { q, k, v, keyStart, keyEnd } = a;
  const bind = { q, k, v, keyStart, keyEnd, out, newStats: stats };
  rec.dispatch({ stem: 'attention', entry: 'forward', bind, ...shape(a), grid: perQuery(a, slices(a)) });
}

/** Gradients of q, k and v. */
export function backward(
  rec: Recorder,
  a: Attention,
  { keys, seenBy, out, stats }: Saved,
  dOut: Tensor,
  { dq, dk, dv }: AttentionGradients,
): void {
  const { q, k, v, keyStart, keyEnd } = a;
  const { params, constants } = shape(a);
  const stem = 'attention';
  const bindDelta = { saved: out, dOut, newStats: stats };
  rec.dispatch({ stem, entry: 'backwardDelta', bind: bindDelta, params, constants, grid: perQuery(a, 1) });
  const bindQuery = { q, k, v, dOut, stats, keyStart, keyEnd, dq };
  rec.dispatch({ stem, entry: 'backwardQuery', bind: bindQuery, params, constants, grid: perQuery(a, slices(a)) });
  const lanes = rec.gpu.software ? 1 : KEY_LANES;
  rec.dispatch({
    stem,
    entry: 'backwardKey',
    bind: { q, k, v, dOut, stats, seenBy, dk, dv },
    params: { ...params, keys },
    constants: { ...constants, KEY_LANES: lanes },
    grid: [...lines(Math.ceil((keys * a.kvHeads * lanes) / WIDTH)), slices(a)],
  });
}

function perQuery({ queries, heads }: Attention, parts: number): [number, number] {
  return [Math.ceil(queries / WIDTH), heads * parts];
}

function slices({ headDim }: Attention): number {
  return Math.ceil(headDim / SLICE);
}

function shape({ queries, heads, kvHeads, headDim, prefix }: Attention) {
  if (headDim % 2 !== 0) throw new Error(`attention needs an even head dimension, not ${headDim}`);
  if (heads % kvHeads !== 0) throw new Error(`attention cannot share ${kvHeads} KV heads among ${heads} heads`);
  const params = { queries, keys: 0, heads, kvHeads, prefix, scale: 1 / Math.sqrt(headDim) };
  return { params, constants: { PAIRS: headDim / 2 } };
}
