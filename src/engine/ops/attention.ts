/**
 * Attention over packed rows with a shared prefix and grouped KV heads. Forward also serves decoding, where keys and
 * values are caches with a range of slots per sequence. Saved for backward: q, k, v, out and the log-sum-exp.
 */
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
  /** A multiple of 4, at most 128. */
  readonly headDim: number;
}

export interface Saved {
  /** u32 [≥ queries]: the queries that see key j are exactly [j, queryEnd[j]). */
  readonly queryEnd: Tensor;
  /** What forward wrote. */
  readonly out: Tensor;
  readonly lse: Tensor;
}

export interface AttentionGradients {
  readonly dq: Tensor;
  readonly dk: Tensor;
  readonly dv: Tensor;
}

const WIDTH = 64;
/** Invocations that share the queries of one key. */
const KEY_LANES = 16;

/** out[queries, heads, headDim] and lse[queries, heads]. Throws on head counts or dimensions it cannot serve. */
export function forward(rec: Recorder, a: Attention, out: Tensor, lse: Tensor): void {
  const { q, k, v, keyStart, keyEnd } = a;
  const bind = { q, k, v, keyStart, keyEnd, out, lse };
  rec.dispatch({ stem: 'attention', entry: 'forward', bind, ...shape(a), grid: perQuery(a) });
}

/** Gradients of q, k and v; there are as many slots as queries. `scratch.delta` is [queries, heads]. */
export function backward(
  rec: Recorder,
  a: Attention,
  saved: Saved,
  dOut: Tensor,
  scratch: { readonly delta: Tensor },
  { dq, dk, dv }: AttentionGradients,
): void {
  const { q, k, v, keyStart, keyEnd } = a;
  const { queryEnd, out, lse } = saved;
  const { delta } = scratch;
  const stem = 'attention';
  // Each gradient replaces the value it belongs to: one binding instead of two.
  rec.copy(q, dq);
  rec.copy(k, dk);
  rec.copy(v, dv);
  const bindDelta = { saved: out, dOut, delta };
  rec.dispatch({ stem, entry: 'backwardDelta', bind: bindDelta, ...shape(a), grid: perQuery(a) });
  const read = { dOut, logSums: lse, deltas: delta };
  const bindQuery = { ...read, k, v, keyStart, keyEnd, dq };
  rec.dispatch({ stem, entry: 'backwardQuery', bind: bindQuery, ...shape(a), grid: perQuery(a) });
  const bindKey = { ...read, q, queryEnd, dk, dv };
  const lanes = rec.gpu.software ? 1 : KEY_LANES;
  const { params, constants } = shape(a);
  const grid = [Math.ceil((a.queries * a.kvHeads * lanes) / WIDTH)] as const;
  rec.dispatch({ stem, entry: 'backwardKey', bind: bindKey, params, constants: { ...constants, KEY_LANES: lanes }, grid });
}

function perQuery({ queries, heads }: Attention): [number, number] {
  return [Math.ceil(queries / WIDTH), heads];
}

function shape({ queries, heads, kvHeads, headDim, prefix }: Attention) {
  if (headDim % 4 !== 0 || headDim > 128) {
    throw new Error(`attention needs a head dimension that is a multiple of 4 and at most 128, not ${headDim}`);
  }
  if (heads % kvHeads !== 0) throw new Error(`attention cannot share ${kvHeads} KV heads among ${heads} heads`);
  const params = { queries, heads, kvHeads, prefix, scale: 1 / Math.sqrt(headDim) };
  return { params, constants: { VECS: headDim / 4 } };
}
