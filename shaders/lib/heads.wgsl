// What all kernels of attention share: bindings, parameters, and how elements of a head are read and written.
// q, out, dOut, dq: [queries, heads, headDim]; k, v, dk, dv: [slots, kvHeads, headDim];
// stats: [queries, heads] of (lse, delta). headDim is even: inputs are read four elements at a time, results written two.

// headDim / 2
override PAIRS: u32;
// headDim / 4, rounded up
override VECS = (PAIRS + 1u) / 2u;

const LOWEST = -1e30;

struct Params { queries: u32, keys: u32, heads: u32, kvHeads: u32, prefix: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> q: array<vec4f>;
@group(0) @binding(1) var<storage, read> k: array<vec4f>;
@group(0) @binding(2) var<storage, read> v: array<vec4f>;
@group(0) @binding(3) var<storage, read> keyStart: array<u32>;
@group(0) @binding(3) var<storage, read> seenBy: array<vec2u>;
@group(0) @binding(4) var<storage, read> keyEnd: array<u32>;
@group(0) @binding(5) var<storage, read> dOut: array<vec4f>;
@group(0) @binding(6) var<storage, read> stats: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> newStats: array<vec2f>;
@group(0) @binding(7) var<storage, read> saved: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> out: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> dq: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> dk: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> dv: array<vec2f>;
@group(0) @binding(8) var<uniform> params: Params;

// Four elements of a row; past the end of a head they are zero, and nothing is read there.
fn elements(m: ptr<storage, array<vec4f>, read>, row: u32, i: u32) -> vec4f {
  if (PAIRS % 2u == 0u) { return select(vec4f(), m[row * VECS + min(i, VECS - 1u)], i < VECS); }
  // Every other row begins in the middle of a vec4.
  let first = row * PAIRS + min(2u * i, PAIRS - 1u);
  let low = m[first / 2u];
  let high = m[min(first + 1u, row * PAIRS + PAIRS - 1u) / 2u];
  let values = select(low, vec4f(low.zw, high.xy), first % 2u == 1u);
  return select(vec4f(), values, vec4u(2u * i, 2u * i, 2u * i + 1u, 2u * i + 1u) < vec4u(PAIRS));
}

// In pairs: a vec4 may belong to two heads.
fn put(m: ptr<storage, array<vec2f>, read_write>, row: u32, i: u32, x: vec4f) {
  let n = row * PAIRS + 2u * i;
  if (2u * i < PAIRS) { m[n] = x.xy; }
  if (2u * i + 1u < PAIRS) { m[n + 1u] = x.zw; }
}
