// What the variants of `lora` share: operands, parameters, and the rows of u and t. Shapes and formulas: lora.wgsl.
// SPLIT invocations of a workgroup share one sum's terms and add their parts up in a fixed order.

#import lib/bf16
#import lib/dropout
#import lib/grid

struct Params {
  tiles: vec4u, outputs: vec4u, rank: vec4u, seed: vec4u,
  aAt: vec4u, bAt: vec4u, dyAt: vec4u, uAt: vec4u, tAt: vec4u, outAt: vec4u, outBAt: vec4u,
  scale: vec4f,
  rows: u32, inputs: u32, threshold: u32,
  accumulate: f32, keep: f32,
}

@group(0) @binding(0) var<storage, read> xWide: array<vec4f>; // x [rows, inputs]
@group(0) @binding(1) var<storage, read> dy: array<f32>;     // [rows, outputs]
@group(0) @binding(1) var<storage, read> dyWide: array<vec4f>;
@group(0) @binding(2) var<storage, read> a: array<f32>;      // [rank, inputs]
@group(0) @binding(2) var<storage, read> aWide: array<vec4f>;
@group(0) @binding(3) var<storage, read> b: array<f32>;      // [outputs, rank]
@group(0) @binding(3) var<storage, read> bWide: array<vec4f>;
@group(0) @binding(4) var<storage, read> u: array<f32>;      // [rows, rank]
@group(0) @binding(5) var<storage, read> t: array<f32>;      // [rows, rank]
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(6) var<storage, read_write> merged: array<u32>;
@group(0) @binding(7) var<storage, read> weight: array<u32>; // [outputs, inputs] bf16
@group(0) @binding(8) var<uniform> params: Params;
@group(0) @binding(9) var<storage, read_write> outB: array<f32>;

// 1 on a CPU adapter, where a barrier costs more than the sum.
override SPLIT = 8u;
override ITEMS = 8u; // rows, or quads of columns, per workgroup
// 1 where the rows of all that is read by vectors begin and end on them.
override WHOLE_VECTORS = 0u;

var<workgroup> shares: array<array<vec4f, 4>, SPLIT * ITEMS>;

// What does not change in a loop is looked up before it: indexing a uniform by part is slow on CPU adapters.

// Four elements of a row of `width` that begins at `row`, from 4·quad on; what is past its end repeats the last.
fn wide4(m: ptr<storage, array<vec4f>, read>, row: u32, width: u32, quad: u32) -> vec4f {
  if (WHOLE_VECTORS == 1u) { return m[row / 4u + quad]; }
  let at = row + min(vec4u(4u * quad) + vec4u(0u, 1u, 2u, 3u), vec4u(width - 1u));
  return vec4f(m[at.x / 4u][at.x % 4u], m[at.y / 4u][at.y % 4u], m[at.z / 4u][at.z % 4u], m[at.w / 4u][at.w % 4u]);
}

// dropout(x)[m, 4·quad ..], zero past the row's end.
fn dropped4(m: u32, quad: u32, seed: u32) -> vec4f {
  let values = wide4(&xWide, m * params.inputs, params.inputs, quad) * dropout4(m, quad, seed, params.threshold, params.keep);
  return select(vec4f(), values, 4u * quad + vec4u(0u, 1u, 2u, 3u) < vec4u(params.inputs));
}

fn a4(first: u32, rank: u32, r: u32, quad: u32) -> vec4f {
  return wide4(&aWide, first + min(r, rank - 1u) * params.inputs, params.inputs, quad);
}

fn b4(first: u32, rank: u32, n: u32, r: u32) -> vec4f {
  return wide4(&bWide, first + n * rank, rank, min(r, rank - 1u) / 4u);
}

fn dyAt(p: u32, m: u32) -> u32 { return params.dyAt[p] + m * params.outputs[p]; }

// Stores eight ranks of row m of part p: alone, or as the sum of the SPLIT shares.
fn storeProjected(p: u32, local: vec3u, m: u32, first: u32, low: vec4f, high: vec4f, scale: f32) {
  let rank = params.rank[p];
  let at = params.outAt[p] + m * rank;
  if (SPLIT == 1u) {
    for (var i = 0u; m < params.rows && i < min(8u, rank - first); i++) {
      out[at + first + i] = scale * select(high[i % 4u], low[i % 4u], i < 4u);
    }
    return;
  }
  let sum = sumOfShares(local, low, high);
  if (m < params.rows && local.x < 8u && first + local.x < rank) { out[at + first + local.x] = sum * scale; }
}

// The sum over the SPLIT invocations of a row, one of eight for each of the first eight: in two steps, as every one waits
// for the one before.
fn sumOfShares(local: vec3u, low: vec4f, high: vec4f) -> f32 {
  let row = local.y * SPLIT;
  shares[row + local.x][0] = low;
  shares[row + local.x][1] = high;
  workgroupBarrier();
  let group = local.x / 8u;
  let which = local.x % 8u;
  var part = 0.0;
  for (var s = 0u; s < 8u; s++) { part += shares[row + group * 8u + s][which / 4u][which % 4u]; }
  shares[row + local.x][2].x = part;
  workgroupBarrier();
  var sum = 0.0;
  for (var g = 0u; g < SPLIT / 8u; g++) { sum += shares[row + 8u * g + which][2].x; }
  return sum;
}

fn projectRows(group: vec3u, local: vec3u) {
  let p = partOf(group.y, params.tiles);
  let m = group.x * ITEMS + local.y;
  let r = (group.y - params.tiles[p]) * 8u;
  let first = params.aAt[p];
  let rank = params.rank[p];
  let seed = params.seed[p];
  var low = vec4f();
  var high = vec4f();
  if (m < params.rows) {
    for (var quad = local.x; quad < (params.inputs + 3u) / 4u; quad += SPLIT) {
      let v = dropped4(m, quad, seed);
      low += vec4f(dot(v, a4(first, rank, r, quad)), dot(v, a4(first, rank, r + 1u, quad)), dot(v, a4(first, rank, r + 2u, quad)), dot(v, a4(first, rank, r + 3u, quad)));
      high += vec4f(dot(v, a4(first, rank, r + 4u, quad)), dot(v, a4(first, rank, r + 5u, quad)), dot(v, a4(first, rank, r + 6u, quad)), dot(v, a4(first, rank, r + 7u, quad)));
    }
  }
  storeProjected(p, local, m, r, low, high, 1.0);
}

fn backprojectRows(group: vec3u, local: vec3u) {
  let p = partOf(group.y, params.tiles);
  let m = group.x * ITEMS + local.y;
  let r = (group.y - params.tiles[p]) * 8u;
  var low = vec4f();
  var high = vec4f();
  if (m < params.rows) {
    let outputs = params.outputs[p];
    let first = params.bAt[p];
    let rank = params.rank[p];
    let row = dyAt(p, m);
    for (var n = local.x; n < outputs; n += SPLIT) {
      let d = dy[row + n];
      low += d * b4(first, rank, n, r);
      high += d * b4(first, rank, n, r + 4u);
    }
  }
  storeProjected(p, local, m, r, low, high, params.scale[p]);
}
