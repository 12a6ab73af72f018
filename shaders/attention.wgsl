// Attention over packed rows with a shared prefix and grouped KV heads, flash style: nothing of size queries × keys.
// Query t sees n(t) keys: [0, min(prefix, keyStart[t])) and [keyStart[t], keyEnd[t]).
//   s = q·k / sqrt(headDim);  lse = log Σ exp(s);  p = exp(s − lse);  out = Σ p·v
//   delta = dOut·out;  ds = p·(dOut·v − delta);  dq = Σ ds·k / sqrt(headDim)
//   dk = Σ ds·q / sqrt(headDim), dv = Σ p·dOut over the queries [j, queryEnd[j]) and the heads of the key's group
// q, out, dOut, dq: [queries, heads, headDim]; k, v, dk, dv: [slots, kvHeads, headDim]; lse, delta: [queries, heads].
// forward, backwardDelta, backwardQuery: one invocation per query and head, q and the sums in registers, no barrier.
// backwardQuery, backwardKey: dq, dk, dv come in holding q, k, v and are replaced; this keeps to 8 storage buffers.
// backwardKey: KEY_LANES invocations per key and KV head share out (query, head); summed in fixed order.

// headDim / 4, at most 32: known when compiled, so that loops unroll and arrays become registers.
override VECS: u32;

const WIDTH = 64u;
// Invocations per key: few, as most keys are seen by few queries and each costs a sum. 1 on a CPU adapter: no barrier.
override KEY_LANES = 16u;
const LARGEST = 32u;
// vec4s that one invocation hands over at a time when the sums of a workgroup are added.
const CHUNK = 4u;
const LOWEST = -1e30;

struct Params { queries: u32, heads: u32, kvHeads: u32, prefix: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> q: array<vec4f>;
@group(0) @binding(1) var<storage, read> k: array<vec4f>;
@group(0) @binding(2) var<storage, read> v: array<vec4f>;
@group(0) @binding(3) var<storage, read> keyStart: array<u32>;
@group(0) @binding(4) var<storage, read> keyEnd: array<u32>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> lse: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

@group(0) @binding(0) var<storage, read> saved: array<vec4f>;
@group(0) @binding(5) var<storage, read> dOut: array<vec4f>;
@group(0) @binding(6) var<storage, read> logSums: array<f32>;
@group(0) @binding(8) var<storage, read_write> delta: array<f32>;
@group(0) @binding(8) var<storage, read> deltas: array<f32>;
@group(0) @binding(9) var<storage, read_write> dq: array<vec4f>;

@group(0) @binding(3) var<storage, read> queryEnd: array<u32>;
@group(0) @binding(9) var<storage, read_write> dk: array<vec4f>;
@group(0) @binding(10) var<storage, read_write> dv: array<vec4f>;

// The n-th key that a query sees, `ahead` of them in the prefix.
fn keyAt(n: u32, ahead: u32, start: u32) -> u32 { return select(n - ahead + start, n, n < ahead); }

fn dotAt(a: ptr<function, array<vec4f, LARGEST>>, base: u32, ofValues: bool) -> f32 {
  var sum = vec4f(0.0);
  if (ofValues) {
    for (var i = 0u; i < VECS; i++) { sum += (*a)[i] * v[base + i]; }
  } else {
    for (var i = 0u; i < VECS; i++) { sum += (*a)[i] * k[base + i]; }
  }
  return (sum.x + sum.y) + (sum.z + sum.w);
}

@compute @workgroup_size(WIDTH)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let head = id.y;
  if (query >= params.queries) { return; }
  let base = (query * params.heads + head) * VECS;
  let kvHead = head * params.kvHeads / params.heads;
  var scaled: array<vec4f, LARGEST>;
  var sums: array<vec4f, LARGEST>;
  for (var i = 0u; i < VECS; i++) { scaled[i] = q[base + i] * params.scale; }
  let start = keyStart[query];
  let ahead = min(params.prefix, start);
  let count = ahead + keyEnd[query] - start;
  var top = LOWEST;
  var total = 0.0;
  for (var n = 0u; n < count; n++) {
    let at = (keyAt(n, ahead, start) * params.kvHeads + kvHead) * VECS;
    let score = dotAt(&scaled, at, false);
    if (score > top) {
      // The first key finds empty sums; exp of the sentinel is 0 either way.
      let shrink = exp(max(top - score, -100.0));
      total *= shrink;
      for (var i = 0u; i < VECS; i++) { sums[i] *= shrink; }
      top = score;
    }
    let weight = exp(max(score - top, -100.0));
    total += weight;
    for (var i = 0u; i < VECS; i++) { sums[i] += weight * v[at + i]; }
  }
  // A query without keys gets zeros.
  let inverse = select(0.0, 1.0 / max(total, 1e-30), count > 0u);
  for (var i = 0u; i < VECS; i++) { out[base + i] = sums[i] * inverse; }
  lse[query * params.heads + head] = select(LOWEST, top + log(max(total, 1e-30)), count > 0u);
}

@compute @workgroup_size(WIDTH)
fn backwardDelta(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.queries) { return; }
  let row = id.x * params.heads + id.y;
  var sum = vec4f(0.0);
  for (var i = 0u; i < VECS; i++) { sum += saved[row * VECS + i] * dOut[row * VECS + i]; }
  delta[row] = (sum.x + sum.y) + (sum.z + sum.w);
}

@compute @workgroup_size(WIDTH)
fn backwardQuery(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  if (query >= params.queries) { return; }
  let row = query * params.heads + id.y;
  let kvHead = id.y * params.kvHeads / params.heads;
  var scaled: array<vec4f, LARGEST>;
  var above: array<vec4f, LARGEST>;
  var sums: array<vec4f, LARGEST>;
  for (var i = 0u; i < VECS; i++) {
    scaled[i] = dq[row * VECS + i] * params.scale;
    above[i] = dOut[row * VECS + i];
  }
  let start = keyStart[query];
  let ahead = min(params.prefix, start);
  let count = ahead + keyEnd[query] - start;
  for (var n = 0u; n < count; n++) {
    let at = (keyAt(n, ahead, start) * params.kvHeads + kvHead) * VECS;
    let weight = exp(clamp(dotAt(&scaled, at, false) - logSums[row], -100.0, 1.0));
    let slope = weight * (dotAt(&above, at, true) - deltas[row]);
    for (var i = 0u; i < VECS; i++) { sums[i] += slope * k[at + i]; }
  }
  for (var i = 0u; i < VECS; i++) { dq[row * VECS + i] = sums[i] * params.scale; }
}

var<workgroup> parts: array<vec4f, WIDTH * CHUNK>;

// The sum over a key's lanes of CHUNK vec4s that start at `first`; lane i < CHUNK gets the i-th.
fn chunkSum(values: ptr<function, array<vec4f, LARGEST>>, first: u32, index: u32) -> vec4f {
  workgroupBarrier();
  for (var i = 0u; i < CHUNK; i++) { parts[i * WIDTH + index] = (*values)[min(first + i, LARGEST - 1u)]; }
  workgroupBarrier();
  let lane = index % KEY_LANES;
  var sum = vec4f(0.0);
  if (lane < CHUNK) {
    for (var n = 0u; n < KEY_LANES; n++) { sum += parts[lane * WIDTH + index - lane + n]; }
  }
  return sum;
}

@compute @workgroup_size(WIDTH)
fn backwardKey(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) index: u32) {
  let item = id.x / KEY_LANES;
  let live = item < params.queries * params.kvHeads;
  let key = select(0u, item / params.kvHeads, live);
  let kvHead = item % params.kvHeads;
  let lane = index % KEY_LANES;
  let at = (key * params.kvHeads + kvHead) * VECS;
  let perGroup = params.heads / params.kvHeads;
  let pairs = select(0u, (queryEnd[key] - key) * perGroup, live);
  var keySums: array<vec4f, LARGEST>;
  var valueSums: array<vec4f, LARGEST>;
  for (var n = lane; n < pairs; n += KEY_LANES) {
    let row = (key + n / perGroup) * params.heads + kvHead * perGroup + n % perGroup;
    var score = vec4f(0.0);
    var slope = vec4f(0.0);
    for (var i = 0u; i < VECS; i++) {
      score += q[row * VECS + i] * dk[at + i];
      slope += dOut[row * VECS + i] * dv[at + i];
    }
    let s = ((score.x + score.y) + (score.z + score.w)) * params.scale;
    let weight = exp(clamp(s - logSums[row], -100.0, 1.0));
    let ds = weight * ((slope.x + slope.y) + (slope.z + slope.w) - deltas[row]) * params.scale;
    for (var i = 0u; i < VECS; i++) {
      keySums[i] += ds * q[row * VECS + i];
      valueSums[i] += weight * dOut[row * VECS + i];
    }
  }
  if (KEY_LANES == 1u) {
    for (var i = 0u; live && i < VECS; i++) {
      dk[at + i] = keySums[i];
      dv[at + i] = valueSums[i];
    }
    return;
  }
  for (var first = 0u; first < VECS; first += CHUNK) {
    let keySum = chunkSum(&keySums, first, index);
    let valueSum = chunkSum(&valueSums, first, index);
    if (live && lane < CHUNK && first + lane < VECS) {
      dk[at + first + lane] = keySum;
      dv[at + first + lane] = valueSum;
    }
  }
}
