// A frozen projection with its low-rank adapter in the same loop:
//   forward   y  = residual + x Wᵀ + bias + scale · u Bᵀ          (u = dropout(x) Aᵀ, made by lora.project)
//   backward  dx = dx·accumulate + dy W + dropout(t A)            (t = scale · dy B, made by lora.backproject)
// x, dx: [rows, inputs]; y, dy, residual: [rows, outputs]; weight: [outputs, inputs] bf16; bias: [outputs] bf16;
// u, t: [rows, rank]; a: [rank, inputs]; b: [outputs, rank]. One invocation makes a tile of 4 rows by 8 columns in
// registers. `forwardAny` and `backwardAny` serve widths that are not multiples of 8, one element per invocation.

#import lib/bf16
#import lib/dropout

struct Params {
  rows: u32, inputs: u32, outputs: u32, rank: u32,
  scale: f32, accumulate: f32,
  seed: u32, threshold: u32, keep: f32,
}

// Absent operands are bound to any other read-only tensor and never read.
override BIAS = 0u;
override RESIDUAL = 0u;
override LORA = 0u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(0) var<storage, read> xAny: array<f32>;
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<vec2u>;
@group(0) @binding(1) var<storage, read> weightWide: array<vec4u>;
@group(0) @binding(1) var<storage, read> weightAny: array<u32>;
@group(0) @binding(2) var<storage, read> bias: array<u32>;
@group(0) @binding(2) var<storage, read> t: array<f32>;
@group(0) @binding(3) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> a: array<vec4f>;
@group(0) @binding(3) var<storage, read> aAny: array<f32>;
@group(0) @binding(4) var<storage, read> b: array<f32>;
@group(0) @binding(5) var<storage, read> residual: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dxAny: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

fn unpack(words: vec2u) -> vec4f {
  return vec4f(bf16Low(words.x), bf16High(words.x), bf16Low(words.y), bf16High(words.y));
}

fn weightAt(i: u32) -> f32 {
  let word = weightAny[i / 2u];
  return select(bf16Low(word), bf16High(word), (i & 1u) == 1u);
}

fn biasAt(n: u32) -> f32 {
  let word = bias[n / 2u];
  return select(bf16Low(word), bf16High(word), (n & 1u) == 1u);
}

// What is added to x Wᵀ at [m, n].
fn rest(m: u32, n: u32) -> f32 {
  var sum = 0.0;
  if (LORA == 1u) {
    for (var r = 0u; r < params.rank; r++) { sum += u[m * params.rank + r] * b[n * params.rank + r]; }
    sum *= params.scale;
  }
  if (BIAS == 1u) { sum += biasAt(n); }
  if (RESIDUAL == 1u) { sum += residual[m * params.outputs + n]; }
  return sum;
}

fn store4(m: u32, n: u32, values: vec4f) {
  if (m >= params.rows) { return; }
  for (var j = 0u; j < 4u; j++) {
    if (n + j < params.outputs) { y[m * params.outputs + n + j] = values[j] + rest(m, n + j); }
  }
}

@compute @workgroup_size(8, 8)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  let m = id.y * 4u;
  let n = id.x * 8u;
  if (m >= params.rows || n >= params.outputs) { return; }
  let stride = params.inputs / 4u;
  // Rows and columns past the end repeat the last one; they are computed and not stored.
  let row = min(vec4u(m, m + 1u, m + 2u, m + 3u), vec4u(params.rows - 1u)) * stride;
  let left = min(vec4u(n, n + 1u, n + 2u, n + 3u), vec4u(params.outputs - 1u)) * stride;
  let right = min(vec4u(n + 4u, n + 5u, n + 6u, n + 7u), vec4u(params.outputs - 1u)) * stride;
  var l0 = vec4f(); var l1 = vec4f(); var l2 = vec4f(); var l3 = vec4f();
  var r0 = vec4f(); var r1 = vec4f(); var r2 = vec4f(); var r3 = vec4f();
  for (var k = 0u; k < stride; k++) {
    let x0 = x[row.x + k]; let x1 = x[row.y + k]; let x2 = x[row.z + k]; let x3 = x[row.w + k];
    let w0 = unpack(weight[left.x + k]); let w1 = unpack(weight[left.y + k]);
    let w2 = unpack(weight[left.z + k]); let w3 = unpack(weight[left.w + k]);
    l0 += vec4f(dot(x0, w0), dot(x0, w1), dot(x0, w2), dot(x0, w3));
    l1 += vec4f(dot(x1, w0), dot(x1, w1), dot(x1, w2), dot(x1, w3));
    l2 += vec4f(dot(x2, w0), dot(x2, w1), dot(x2, w2), dot(x2, w3));
    l3 += vec4f(dot(x3, w0), dot(x3, w1), dot(x3, w2), dot(x3, w3));
    let w4 = unpack(weight[right.x + k]); let w5 = unpack(weight[right.y + k]);
    let w6 = unpack(weight[right.z + k]); let w7 = unpack(weight[right.w + k]);
    r0 += vec4f(dot(x0, w4), dot(x0, w5), dot(x0, w6), dot(x0, w7));
    r1 += vec4f(dot(x1, w4), dot(x1, w5), dot(x1, w6), dot(x1, w7));
    r2 += vec4f(dot(x2, w4), dot(x2, w5), dot(x2, w6), dot(x2, w7));
    r3 += vec4f(dot(x3, w4), dot(x3, w5), dot(x3, w6), dot(x3, w7));
  }
  store4(m, n, l0); store4(m, n + 4u, r0);
  store4(m + 1u, n, l1); store4(m + 1u, n + 4u, r1);
  store4(m + 2u, n, l2); store4(m + 2u, n + 4u, r2);
  store4(m + 3u, n, l3); store4(m + 3u, n + 4u, r3);
}

@compute @workgroup_size(8, 8)
fn forwardAny(@builtin(global_invocation_id) id: vec3u) {
  if (id.y >= params.rows || id.x >= params.outputs) { return; }
  var sum = 0.0;
  for (var k = 0u; k < params.inputs; k++) {
    sum += xAny[id.y * params.inputs + k] * weightAt(id.x * params.inputs + k);
  }
  y[id.y * params.outputs + id.x] = sum + rest(id.y, id.x);
}

// The adapter's share of dx[m, 4·quad ..]: dropout(t A).
fn adapter4(m: u32, quad: u32) -> vec4f {
  var sum = vec4f();
  for (var r = 0u; r < params.rank; r++) { sum += t[m * params.rank + r] * a[r * (params.inputs / 4u) + quad]; }
  return sum * dropout4(m, quad, params.seed, params.threshold, params.keep);
}

fn storeWide(m: u32, quad: u32, low: vec4f, high: vec4f) {
  if (m >= params.rows) { return; }
  let at = m * (params.inputs / 4u) + quad;
  var first = low;
  var second = high;
  if (LORA == 1u) {
    first += adapter4(m, quad);
    second += adapter4(m, quad + 1u);
  }
  if (params.accumulate != 0.0) {
    first += dx[at];
    second += dx[at + 1u];
  }
  dx[at] = first;
  dx[at + 1u] = second;
}

@compute @workgroup_size(8, 8)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  let m = id.y * 4u;
  let eight = id.x;
  let stride = params.inputs / 8u;
  if (m >= params.rows || eight >= stride) { return; }
  let row = min(vec4u(m, m + 1u, m + 2u, m + 3u), vec4u(params.rows - 1u)) * params.outputs;
  var l0 = vec4f(); var l1 = vec4f(); var l2 = vec4f(); var l3 = vec4f();
  var h0 = vec4f(); var h1 = vec4f(); var h2 = vec4f(); var h3 = vec4f();
  for (var n = 0u; n < params.outputs; n++) {
    let words = weightWide[n * stride + eight];
    let low = unpack(words.xy);
    let high = unpack(words.zw);
    let d0 = dy[row.x + n]; let d1 = dy[row.y + n]; let d2 = dy[row.z + n]; let d3 = dy[row.w + n];
    l0 += d0 * low; l1 += d1 * low; l2 += d2 * low; l3 += d3 * low;
    h0 += d0 * high; h1 += d1 * high; h2 += d2 * high; h3 += d3 * high;
  }
  storeWide(m, eight * 2u, l0, h0);
  storeWide(m + 1u, eight * 2u, l1, h1);
  storeWide(m + 2u, eight * 2u, l2, h2);
  storeWide(m + 3u, eight * 2u, l3, h3);
}

@compute @workgroup_size(8, 8)
fn backwardAny(@builtin(global_invocation_id) id: vec3u) {
  if (id.y >= params.rows || id.x >= params.inputs) { return; }
  var sum = 0.0;
  for (var n = 0u; n < params.outputs; n++) {
    sum += dy[id.y * params.outputs + n] * weightAt(n * params.inputs + id.x);
  }
  if (LORA == 1u) {
    var low = 0.0;
    for (var r = 0u; r < params.rank; r++) { low += t[id.y * params.rank + r] * aAny[r * params.inputs + id.x]; }
    sum += low * dropout4(id.y, id.x / 4u, params.seed, params.threshold, params.keep)[id.x % 4u];
  }
  let at = id.y * params.inputs + id.x;
  if (params.accumulate != 0.0) { sum += dxAny[at]; }
  dxAny[at] = sum;
}
