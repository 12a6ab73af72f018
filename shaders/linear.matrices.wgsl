// Variant of `linear` for cards with units for matrices of f16, which sum in f32: x (dy) in two halves, so that a product
// costs two of the unit's and is as exact as one of f32 (lib/halves). A workgroup of four subgroups of 32 makes 64 rows by
// 128 columns, each subgroup 32 by 64, from stages of 32 terms. As in lib/tiles, `z` workgroups share the terms of a tile.
// Formulas: linear.wgsl; shapes: lib/projection. Inputs must be a multiple of 8.

enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
requires subgroup_id;

#import lib/projection
#import lib/halves

@group(0) @binding(8) var<storage, read> halves: array<vec4u>;
@group(0) @binding(9) var<storage, read> scales: array<f32>;

const ROWS = 64u;
const COLUMNS = 128u;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sums = subgroup_matrix_result<f32, 16, 16>;

const THREADS = 128u;
const LINE = 5u;       // vectors from one line of 32 terms to the next: one more than are used, against bank conflicts
const WIDE_LINE = 17u; // of 128 columns

var<workgroup> high: array<vec4u, ROWS * LINE>;
var<workgroup> low: array<vec4u, ROWS * LINE>;
var<workgroup> right: array<vec4u, COLUMNS * LINE>;
var<workgroup> done: array<f32, 4u * 256u>;

// What an invocation fetches of a stage of x: two vectors of the high halves and two of the low ones.
struct Fetched { a: vec4u, b: vec4u, c: vec4u, d: vec4u }

fn fetchLeft(row: u32, all: u32, stage: u32, index: u32) -> Fetched {
  let at = 2u * (row + index / STAGE) * all + stage * STAGE + index % STAGE;
  let under = 2u * (THREADS / STAGE) * all;
  return Fetched(halves[at], halves[at + under], halves[at + all], halves[at + all + under]);
}

fn putLeft(v: Fetched, index: u32) {
  let at = index / STAGE * LINE + index % STAGE;
  high[at] = v.a;
  high[at + THREADS / STAGE * LINE] = v.b;
  low[at] = v.c;
  low[at + THREADS / STAGE * LINE] = v.d;
}

// Terms of a stage of one output.
fn weightsOf(p: u32, n: u32, stage: u32, index: u32) -> vec4u {
  let stride = params.inputs / 8u;
  let at = stage * STAGE + index % STAGE;
  let line = min(n, params.outputs[p] - 1u);
  return select(vec4u(), weightWide[params.weightAt[p] / 4u + line * stride + min(at, stride - 1u)], at < stride);
}

fn fetchOutputs(p: u32, column: u32, stage: u32, index: u32) -> Fetched {
  let n = column + index / STAGE;
  let step = THREADS / STAGE;
  return Fetched(
    weightsOf(p, n, stage, index),
    weightsOf(p, n + step, stage, index),
    weightsOf(p, n + 2u * step, stage, index),
    weightsOf(p, n + 3u * step, stage, index),
  );
}

fn putOutputs(v: Fetched, index: u32) {
  let at = index / STAGE * LINE + index % STAGE;
  let step = THREADS / STAGE * LINE;
  right[at] = weights(v.a);
  right[at + step] = weights(v.b);
  right[at + 2u * step] = weights(v.c);
  right[at + 3u * step] = weights(v.d);
}

// One output of a stage going back, eight inputs of it; past the last output dy is zero.
fn weightsFrom(p: u32, n: u32, eight: u32) -> vec4u {
  let stride = params.inputs / 8u;
  let line = min(n, params.outputs[p] - 1u);
  return weightWide[params.weightAt[p] / 4u + line * stride + min(eight, stride - 1u)];
}

fn fetchInputs(column: u32, stage: u32, index: u32) -> Fetched {
  let place = placeOf(stage);
  let n = place.n + index / 16u;
  let eight = column / 8u + index % 16u;
  return Fetched(
    weightsFrom(place.part, n, eight),
    weightsFrom(place.part, n + 8u, eight),
    weightsFrom(place.part, n + 16u, eight),
    weightsFrom(place.part, n + 24u, eight),
  );
}

fn putInputs(v: Fetched, index: u32) {
  let at = index / 16u * WIDE_LINE + index % 16u;
  right[at] = weights(v.a);
  right[at + 8u * WIDE_LINE] = weights(v.b);
  right[at + 16u * WIDE_LINE] = weights(v.c);
  right[at + 24u * WIDE_LINE] = weights(v.d);
}

struct Tile { a: Sums, b: Sums, c: Sums, d: Sums, e: Sums, f: Sums, g: Sums, h: Sums }

fn add(sums: Sums, above: Left, below: Left, columns: Right) -> Sums {
  return subgroupMatrixMultiplyAccumulate(below, columns, subgroupMatrixMultiplyAccumulate(above, columns, sums));
}

// Sixteen terms, `half` 0 or 1 of the stage, of a subgroup's 32 rows; and 16 columns after the other.
struct Rows { above: Left, below: Left, nextAbove: Left, nextBelow: Left }

fn rowsOf(row: u32, half: u32) -> Rows {
  let at = row * LINE + 2u * half;
  return Rows(
    subgroupMatrixLoad<Left, row_major>(&high, at, LINE),
    subgroupMatrixLoad<Left, row_major>(&low, at, LINE),
    subgroupMatrixLoad<Left, row_major>(&high, at + 16u * LINE, LINE),
    subgroupMatrixLoad<Left, row_major>(&low, at + 16u * LINE, LINE),
  );
}

fn addColumns(tile: ptr<function, Tile>, x: Rows, first: Right, second: Right, third: Right, fourth: Right) {
  (*tile).a = add((*tile).a, x.above, x.below, first);
  (*tile).e = add((*tile).e, x.nextAbove, x.nextBelow, first);
  (*tile).b = add((*tile).b, x.above, x.below, second);
  (*tile).f = add((*tile).f, x.nextAbove, x.nextBelow, second);
  (*tile).c = add((*tile).c, x.above, x.below, third);
  (*tile).g = add((*tile).g, x.nextAbove, x.nextBelow, third);
  (*tile).d = add((*tile).d, x.above, x.below, fourth);
  (*tile).h = add((*tile).h, x.nextAbove, x.nextBelow, fourth);
}

fn addForward(tile: ptr<function, Tile>, row: u32, column: u32) {
  for (var half = 0u; half < 2u; half++) {
    let at = column * LINE + 2u * half;
    addColumns(
      tile,
      rowsOf(row, half),
      subgroupMatrixLoad<Right, col_major>(&right, at, LINE),
      subgroupMatrixLoad<Right, col_major>(&right, at + 16u * LINE, LINE),
      subgroupMatrixLoad<Right, col_major>(&right, at + 32u * LINE, LINE),
      subgroupMatrixLoad<Right, col_major>(&right, at + 48u * LINE, LINE),
    );
  }
}

fn addBackward(tile: ptr<function, Tile>, row: u32, column: u32) {
  for (var half = 0u; half < 2u; half++) {
    let at = half * 16u * WIDE_LINE + column / 8u;
    addColumns(
      tile,
      rowsOf(row, half),
      subgroupMatrixLoad<Right, row_major>(&right, at, WIDE_LINE),
      subgroupMatrixLoad<Right, row_major>(&right, at + 2u, WIDE_LINE),
      subgroupMatrixLoad<Right, row_major>(&right, at + 4u, WIDE_LINE),
      subgroupMatrixLoad<Right, row_major>(&right, at + 6u, WIDE_LINE),
    );
  }
}

// scale · u Bᵀ of one row and four outputs.
fn adaptedY(p: u32, m: u32, n: u32) -> vec4f {
  let rank = params.rank[p];
  let row = params.lowAt[p] + min(m, params.rows - 1u) * rank;
  let at = params.factorAt[p] + min(n + vec4u(0u, 1u, 2u, 3u), vec4u(params.outputs[p] - 1u)) * rank;
  var sum = vec4f();
  for (var r = 0u; r < rank; r++) { sum += u[row + r] * vec4f(b[at.x + r], b[at.y + r], b[at.z + r], b[at.w + r]); }
  return params.scale[p] * sum;
}

// Sixteen rows and columns of a subgroup, through workgroup memory: half a row for each invocation.
fn storeSums(sums: Sums, subgroup: u32, lane: u32, p: u32, z: u32, row: u32, column: u32) {
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&done, subgroup * 256u, sums, 16u);
  workgroupBarrier();
  let m = row + lane / 2u;
  let scale = scales[m];
  for (var quad = 0u; quad < 2u; quad++) {
    let at = subgroup * 256u + lane * 8u + 4u * quad;
    let n = column + 8u * (lane % 2u) + 4u * quad;
    var values = scale * vec4f(done[at], done[at + 1u], done[at + 2u], done[at + 3u]);
    if (LORA == 1u && z == 0u) { values += adaptedY(p, m, n); }
    store4(p, z, m, n, values);
  }
}

@compute @workgroup_size(THREADS)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let p = partOf(group.x, params.tiles);
  let row = group.y * ROWS;
  let column = (group.x - params.tiles[p]) * COLUMNS;
  let stages = stagesOf(params.inputs);
  let first = group.z * params.stages;
  let end = min(first + params.stages, stages);
  let place = vec2u(32u * (subgroup / 2u), 64u * (subgroup % 2u)); // of the subgroup's rows and columns
  var tile = Tile();
  var xs = fetchLeft(row, STAGE * stages, first, index);
  var ws = fetchOutputs(p, column, first, index);
  for (var stage = first; stage < end; stage++) {
    workgroupBarrier();
    putLeft(xs, index);
    putOutputs(ws, index);
    workgroupBarrier();
    let next = min(stage + 1u, stages - 1u);
    xs = fetchLeft(row, STAGE * stages, next, index);
    ws = fetchOutputs(p, column, next, index);
    addForward(&tile, place.x, place.y);
  }
  let m = row + place.x;
  let n = column + place.y;
  storeSums(tile.a, subgroup, lane, p, group.z, m, n);
  storeSums(tile.b, subgroup, lane, p, group.z, m, n + 16u);
  storeSums(tile.c, subgroup, lane, p, group.z, m, n + 32u);
  storeSums(tile.d, subgroup, lane, p, group.z, m, n + 48u);
  storeSums(tile.e, subgroup, lane, p, group.z, m + 16u, n);
  storeSums(tile.f, subgroup, lane, p, group.z, m + 16u, n + 16u);
  storeSums(tile.g, subgroup, lane, p, group.z, m + 16u, n + 32u);
  storeSums(tile.h, subgroup, lane, p, group.z, m + 16u, n + 48u);
}

// Σ_p dropout_p(t A) of one row and four inputs.
fn adaptedDx(m: u32, quad: u32) -> vec4f {
  let stride = params.inputs / 4u;
  var sum = vec4f();
  for (var p = 0u; p < params.parts; p++) {
    let rank = params.rank[p];
    let row = params.lowAt[p] + min(m, params.rows - 1u) * rank;
    let factor = params.factorAt[p] / 4u + min(quad, stride - 1u);
    var share = vec4f();
    for (var r = 0u; r < rank; r++) { share += t[row + r] * a[factor + r * stride]; }
    sum += share * mask(m, quad, params.seed[p]);
  }
  return sum;
}

fn storeDx(sums: Sums, subgroup: u32, lane: u32, z: u32, row: u32, column: u32) {
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&done, subgroup * 256u, sums, 16u);
  workgroupBarrier();
  let m = row + lane / 2u;
  let stride = params.inputs / 4u;
  let scale = scales[m];
  for (var half = 0u; half < 2u; half++) {
    let at = subgroup * 256u + lane * 8u + 4u * half;
    let quad = column / 4u + 2u * (lane % 2u) + half;
    var values = scale * vec4f(done[at], done[at + 1u], done[at + 2u], done[at + 3u]);
    if (LORA == 1u && z == 0u) { values += adaptedDx(m, quad); }
    if (m >= params.rows || quad >= stride) { continue; }
    let to = (z * params.rows + m) * stride + quad;
    if (params.accumulate != 0.0) { dx[to] += values; } else { dx[to] = values; }
  }
}

@compute @workgroup_size(THREADS)
fn backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let row = group.y * ROWS;
  let column = group.x * COLUMNS;
  let stages = backwardStages();
  let first = group.z * params.stages;
  let end = min(first + params.stages, stages);
  let place = vec2u(32u * (subgroup / 2u), 64u * (subgroup % 2u));
  var tile = Tile();
  var ds = fetchLeft(row, STAGE * stages, first, index);
  var ws = fetchInputs(column, first, index);
  for (var stage = first; stage < end; stage++) {
    workgroupBarrier();
    putLeft(ds, index);
    putInputs(ws, index);
    workgroupBarrier();
    let next = min(stage + 1u, stages - 1u);
    ds = fetchLeft(row, STAGE * stages, next, index);
    ws = fetchInputs(column, next, index);
    addBackward(&tile, place.x, place.y);
  }
  let m = row + place.x;
  let n = column + place.y;
  storeDx(tile.a, subgroup, lane, group.z, m, n);
  storeDx(tile.b, subgroup, lane, group.z, m, n + 16u);
  storeDx(tile.c, subgroup, lane, group.z, m, n + 32u);
  storeDx(tile.d, subgroup, lane, group.z, m, n + 48u);
  storeDx(tile.e, subgroup, lane, group.z, m + 16u, n);
  storeDx(tile.f, subgroup, lane, group.z, m + 16u, n + 16u);
  storeDx(tile.g, subgroup, lane, group.z, m + 16u, n + 32u);
  storeDx(tile.h, subgroup, lane, group.z, m + 16u, n + 48u);
}
