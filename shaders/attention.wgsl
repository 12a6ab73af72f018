// Attention over packed rows with a shared prefix and grouped KV heads, flash style: nothing of size queries × keys.
// Query t sees n(t) keys: [0, min(prefix, keyStart[t])) and [keyStart[t], keyEnd[t]).
//   forward        s = q·k / sqrt(headDim);  lse = log Σ exp(s);  p = exp(s − lse);  out = Σ p·v
//   backwardDelta  delta = dOut·out
//   backwardQuery  dq = Σ ds·k / sqrt(headDim),  ds = p·(dOut·v − delta)
//   backwardKey    dk = Σ ds·q / sqrt(headDim),  dv = Σ p·dOut,  over the queries [j, queryEnd[j]) of key j and the heads of
//                  its group: what all rows send to a shared prefix is summed here, in a fixed order
// q, out, dOut, dq: [queries, heads, headDim]; k, v, dk, dv: [slots, kvHeads, headDim];
// stats: [queries, heads] of (lse, delta). One invocation makes one slice of 32 of a head's elements, in registers;
// heads of more than 32 are several invocations, each of which computes the whole score.

// headDim / 4
override VECS: u32;
// Invocations that share the queries of a key: few, as most keys are seen by few. 1 on a CPU adapter: no barrier.
override KEY_LANES = 16u;

const WIDTH = 64u;
const LOWEST = -1e30;

struct Params { queries: u32, heads: u32, kvHeads: u32, prefix: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> q: array<vec4f>;
@group(0) @binding(1) var<storage, read> k: array<vec4f>;
@group(0) @binding(2) var<storage, read> v: array<vec4f>;
@group(0) @binding(3) var<storage, read> keyStart: array<u32>;
@group(0) @binding(3) var<storage, read> queryEnd: array<u32>;
@group(0) @binding(4) var<storage, read> keyEnd: array<u32>;
@group(0) @binding(5) var<storage, read> dOut: array<vec4f>;
@group(0) @binding(6) var<storage, read> stats: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> newStats: array<vec2f>;
@group(0) @binding(7) var<storage, read> saved: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dq: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dk: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dv: array<vec4f>;
@group(0) @binding(8) var<uniform> params: Params;

// 32 elements. Named, not indexed: an array in private memory would be neither fast nor in registers.
struct Slice { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f, g: vec4f, h: vec4f }

fn dotOf(x: Slice, y: Slice) -> f32 {
  let sum = ((x.a * y.a + x.b * y.b) + (x.c * y.c + x.d * y.d)) + ((x.e * y.e + x.f * y.f) + (x.g * y.g + x.h * y.h));
  return (sum.x + sum.y) + (sum.z + sum.w);
}

fn scaled(x: Slice, by: f32) -> Slice {
  return Slice(x.a * by, x.b * by, x.c * by, x.d * by, x.e * by, x.f * by, x.g * by, x.h * by);
}

fn plus(x: Slice, by: f32, y: Slice) -> Slice {
  return Slice(x.a + by * y.a, x.b + by * y.b, x.c + by * y.c, x.d + by * y.d,
               x.e + by * y.e, x.f + by * y.f, x.g + by * y.g, x.h + by * y.h);
}

// Elements past the end of a head are zero.
fn inside(value: vec4f, at: u32) -> vec4f { return select(vec4f(), value, at < VECS); }

fn qSlice(row: u32, i: u32) -> Slice {
  let n = row * VECS + i;
  return Slice(inside(q[n], i), inside(q[n + 1u], i + 1u), inside(q[n + 2u], i + 2u), inside(q[n + 3u], i + 3u),
               inside(q[n + 4u], i + 4u), inside(q[n + 5u], i + 5u), inside(q[n + 6u], i + 6u), inside(q[n + 7u], i + 7u));
}

fn kSlice(row: u32, i: u32) -> Slice {
  let n = row * VECS + i;
  return Slice(inside(k[n], i), inside(k[n + 1u], i + 1u), inside(k[n + 2u], i + 2u), inside(k[n + 3u], i + 3u),
               inside(k[n + 4u], i + 4u), inside(k[n + 5u], i + 5u), inside(k[n + 6u], i + 6u), inside(k[n + 7u], i + 7u));
}

fn vSlice(row: u32, i: u32) -> Slice {
  let n = row * VECS + i;
  return Slice(inside(v[n], i), inside(v[n + 1u], i + 1u), inside(v[n + 2u], i + 2u), inside(v[n + 3u], i + 3u),
               inside(v[n + 4u], i + 4u), inside(v[n + 5u], i + 5u), inside(v[n + 6u], i + 6u), inside(v[n + 7u], i + 7u));
}

fn dOutSlice(row: u32, i: u32) -> Slice {
  let n = row * VECS + i;
  return Slice(inside(dOut[n], i), inside(dOut[n + 1u], i + 1u), inside(dOut[n + 2u], i + 2u), inside(dOut[n + 3u], i + 3u),
               inside(dOut[n + 4u], i + 4u), inside(dOut[n + 5u], i + 5u), inside(dOut[n + 6u], i + 6u), inside(dOut[n + 7u], i + 7u));
}

fn slices() -> u32 { return (VECS + 7u) / 8u; }

// q·k and dOut·v over the whole head; `first` is the slice at 0, which the caller has in registers already.
fn scoreOf(first: Slice, row: u32, key: u32) -> f32 {
  var sum = dotOf(first, kSlice(key, 0u));
  for (var i = 8u; i < VECS; i += 8u) { sum += dotOf(qSlice(row, i), kSlice(key, i)); }
  return sum * params.scale;
}

fn slopeOf(first: Slice, row: u32, key: u32) -> f32 {
  var sum = dotOf(first, vSlice(key, 0u));
  for (var i = 8u; i < VECS; i += 8u) { sum += dotOf(dOutSlice(row, i), vSlice(key, i)); }
  return sum;
}

// The n-th key that a query sees, `ahead` of them in the prefix.
fn keyAt(n: u32, ahead: u32, start: u32) -> u32 { return select(n - ahead + start, n, n < ahead); }

@compute @workgroup_size(WIDTH)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let head = id.y / slices();
  let part = id.y % slices() * 8u;
  if (query >= params.queries) { return; }
  let row = query * params.heads + head;
  let kvHead = head * params.kvHeads / params.heads;
  let mine = qSlice(row, 0u);
  var sums = Slice();
  let start = keyStart[query];
  let ahead = min(params.prefix, start);
  let count = ahead + keyEnd[query] - start;
  var top = LOWEST;
  var total = 0.0;
  for (var n = 0u; n < count; n++) {
    let key = keyAt(n, ahead, start) * params.kvHeads + kvHead;
    let score = scoreOf(mine, row, key);
    if (score > top) {
      // The first key finds empty sums: what they shrink by does not matter.
      let shrink = exp(max(top - score, -100.0));
      total *= shrink;
      sums = scaled(sums, shrink);
      top = score;
    }
    let weight = exp(max(score - top, -100.0));
    total += weight;
    sums = plus(sums, weight, vSlice(key, part));
  }
  // A query without keys gets zeros.
  storeOut(row, part, scaled(sums, select(0.0, 1.0 / max(total, 1e-30), count > 0u)));
  if (part == 0u) { newStats[row] = vec2f(select(LOWEST, top + log(max(total, 1e-30)), count > 0u), 0.0); }
}

fn storeOut(row: u32, i: u32, x: Slice) {
  let n = row * VECS + i;
  out[n] = x.a;
  if (i + 1u < VECS) { out[n + 1u] = x.b; }
  if (i + 2u < VECS) { out[n + 2u] = x.c; }
  if (i + 3u < VECS) { out[n + 3u] = x.d; }
  if (i + 4u < VECS) { out[n + 4u] = x.e; }
  if (i + 5u < VECS) { out[n + 5u] = x.f; }
  if (i + 6u < VECS) { out[n + 6u] = x.g; }
  if (i + 7u < VECS) { out[n + 7u] = x.h; }
}

@compute @workgroup_size(WIDTH)
fn backwardDelta(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.queries) { return; }
  let row = id.x * params.heads + id.y;
  var sum = vec4f(0.0);
  for (var i = 0u; i < VECS; i++) { sum += saved[row * VECS + i] * dOut[row * VECS + i]; }
  newStats[row].y = (sum.x + sum.y) + (sum.z + sum.w);
}

@compute @workgroup_size(WIDTH)
fn backwardQuery(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let head = id.y / slices();
  let part = id.y % slices() * 8u;
  if (query >= params.queries) { return; }
  let row = query * params.heads + head;
  let kvHead = head * params.kvHeads / params.heads;
  let mine = qSlice(row, 0u);
  let above = dOutSlice(row, 0u);
  var sums = Slice();
  let start = keyStart[query];
  let ahead = min(params.prefix, start);
  let count = ahead + keyEnd[query] - start;
  for (var n = 0u; n < count; n++) {
    let key = keyAt(n, ahead, start) * params.kvHeads + kvHead;
    let weight = exp(clamp(scoreOf(mine, row, key) - stats[row].x, -100.0, 1.0));
    sums = plus(sums, weight * (slopeOf(above, row, key) - stats[row].y), kSlice(key, part));
  }
  storeDq(row, part, scaled(sums, params.scale));
}

fn storeDq(row: u32, i: u32, x: Slice) {
  let n = row * VECS + i;
  dq[n] = x.a;
  if (i + 1u < VECS) { dq[n + 1u] = x.b; }
  if (i + 2u < VECS) { dq[n + 2u] = x.c; }
  if (i + 3u < VECS) { dq[n + 3u] = x.d; }
  if (i + 4u < VECS) { dq[n + 4u] = x.e; }
  if (i + 5u < VECS) { dq[n + 5u] = x.f; }
  if (i + 6u < VECS) { dq[n + 6u] = x.g; }
  if (i + 7u < VECS) { dq[n + 7u] = x.h; }
}

var<workgroup> parts: array<vec4f, WIDTH>;

// The sum of one vec4 over the lanes of a key.
fn keySum(value: vec4f, index: u32) -> vec4f {
  if (KEY_LANES == 1u) { return value; }
  parts[index] = value;
  workgroupBarrier();
  var sum = vec4f();
  for (var n = 0u; n < KEY_LANES; n++) { sum += parts[index - index % KEY_LANES + n]; }
  workgroupBarrier();
  return sum;
}

fn keySums(x: Slice, index: u32) -> Slice {
  return Slice(keySum(x.a, index), keySum(x.b, index), keySum(x.c, index), keySum(x.d, index),
               keySum(x.e, index), keySum(x.f, index), keySum(x.g, index), keySum(x.h, index));
}

@compute @workgroup_size(WIDTH)
fn backwardKey(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) index: u32) {
  let item = id.x / KEY_LANES;
  let part = id.y * 8u;
  let live = item < params.queries * params.kvHeads;
  let row = select(0u, item, live);
  let key = row / params.kvHeads;
  let perGroup = params.heads / params.kvHeads;
  let firstHead = row % params.kvHeads * perGroup;
  let pairs = select(0u, (queryEnd[key] - key) * perGroup, live);
  let mine = kSlice(row, 0u);
  let value = vSlice(row, 0u);
  var dKey = Slice();
  var dValue = Slice();
  for (var n = index % KEY_LANES; n < pairs; n += KEY_LANES) {
    let query = (key + n / perGroup) * params.heads + firstHead + n % perGroup;
    var score = dotOf(mine, qSlice(query, 0u));
    var slope = dotOf(value, dOutSlice(query, 0u));
    for (var i = 8u; i < VECS; i += 8u) {
      score += dotOf(kSlice(row, i), qSlice(query, i));
      slope += dotOf(vSlice(row, i), dOutSlice(query, i));
    }
    let weight = exp(clamp(score * params.scale - stats[query].x, -100.0, 1.0));
    dKey = plus(dKey, weight * (slope - stats[query].y) * params.scale, qSlice(query, part));
    dValue = plus(dValue, weight, dOutSlice(query, part));
  }
  dKey = keySums(dKey, index);
  dValue = keySums(dValue, index);
  if (live && index % KEY_LANES == 0u) {
    storeDk(row, part, dKey);
    storeDv(row, part, dValue);
  }
}

fn storeDk(row: u32, i: u32, x: Slice) {
  let n = row * VECS + i;
  dk[n] = x.a;
  if (i + 1u < VECS) { dk[n + 1u] = x.b; }
  if (i + 2u < VECS) { dk[n + 2u] = x.c; }
  if (i + 3u < VECS) { dk[n + 3u] = x.d; }
  if (i + 4u < VECS) { dk[n + 4u] = x.e; }
  if (i + 5u < VECS) { dk[n + 5u] = x.f; }
  if (i + 6u < VECS) { dk[n + 6u] = x.g; }
  if (i + 7u < VECS) { dk[n + 7u] = x.h; }
}

fn storeDv(row: u32, i: u32, x: Slice) {
  let n = row * VECS + i;
  dv[n] = x.a;
  if (i + 1u < VECS) { dv[n + 1u] = x.b; }
  if (i + 2u < VECS) { dv[n + 2u] = x.c; }
  if (i + 3u < VECS) { dv[n + 3u] = x.d; }
  if (i + 4u < VECS) { dv[n + 4u] = x.e; }
  if (i + 5u < VECS) { dv[n + 5u] = x.f; }
  if (i + 6u < VECS) { dv[n + 6u] = x.g; }
  if (i + 7u < VECS) { dv[n + 7u] = x.h; }
}
