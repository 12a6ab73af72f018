// Variant of `linear` for CPU adapters with subgroups. There fetching costs more than multiplying, and all invocations of a
// workgroup want the same rows of x (dy): each fetches two of the eight, and takes the others from its quad. Quads are four
// invocations of a subgroup of any size.
// A workgroup of eight invocations makes 32 rows by 64 columns, tile after tile while the weights are in a cache: 8 rows of
// it at once, each invocation 8 columns of them in registers, from four terms of the sums at a time.
// Formulas: linear.wgsl; shapes: lib/projection. Inputs must be a multiple of 8.

enable subgroups;

#import lib/projection

const WIDTH = 8u;
const ROWS = 32u;

// Left and right four columns of eight rows.
struct Tile {
  l0: vec4f, l1: vec4f, l2: vec4f, l3: vec4f, l4: vec4f, l5: vec4f, l6: vec4f, l7: vec4f,
  r0: vec4f, r1: vec4f, r2: vec4f, r3: vec4f, r4: vec4f, r5: vec4f, r6: vec4f, r7: vec4f,
}

// Four terms: of the two rows that this invocation has fetched, and by term of its columns. Call from uniform control flow.
fn addTerms(tile: ptr<function, Tile>, upper: vec4f, lower: vec4f, left: mat4x4f, right: mat4x4f) {
  let x0 = quadBroadcast(upper, 0u);
  let x1 = quadBroadcast(upper, 1u);
  let x2 = quadBroadcast(upper, 2u);
  let x3 = quadBroadcast(upper, 3u);
  let x4 = quadBroadcast(lower, 0u);
  let x5 = quadBroadcast(lower, 1u);
  let x6 = quadBroadcast(lower, 2u);
  let x7 = quadBroadcast(lower, 3u);
  (*tile).l0 += left * x0;
  (*tile).l1 += left * x1;
  (*tile).l2 += left * x2;
  (*tile).l3 += left * x3;
  (*tile).l4 += left * x4;
  (*tile).l5 += left * x5;
  (*tile).l6 += left * x6;
  (*tile).l7 += left * x7;
  (*tile).r0 += right * x0;
  (*tile).r1 += right * x1;
  (*tile).r2 += right * x2;
  (*tile).r3 += right * x3;
  (*tile).r4 += right * x4;
  (*tile).r5 += right * x5;
  (*tile).r6 += right * x6;
  (*tile).r7 += right * x7;
}

// The rows of a tile that an invocation fetches. Those past the end repeat the last one and are not stored.
fn rowsOf(m: u32, lane: u32) -> vec2u { return min(m + lane % 4u + vec2u(0u, 4u), vec2u(params.rows - 1u)); }

// Inputs 4·k.. of four outputs whose weights begin at `at`.
fn columns(at: vec4u, k: u32) -> mat4x4f {
  return transpose(mat4x4f(unpack(weight[at.x + k]), unpack(weight[at.y + k]), unpack(weight[at.z + k]), unpack(weight[at.w + k])));
}

@compute @workgroup_size(WIDTH)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let p = partOf(group.x, params.tiles);
  let n = ((group.x - params.tiles[p]) * WIDTH + index) * 8u;
  for (var m = group.y * ROWS; m < min(group.y * ROWS + ROWS, params.rows); m += 8u) { forwardRows(p, m, n, lane); }
}

fn forwardRows(p: u32, m: u32, n: u32, lane: u32) {
  let outputs = params.outputs[p];
  let stride = params.inputs / 4u;
  let rows = rowsOf(m, lane);
  let at = rows * stride;
  let left = params.weightAt[p] / 2u + four(n, outputs) * stride;
  let right = params.weightAt[p] / 2u + four(n + 4u, outputs) * stride;
  var tile = Tile();
  for (var k = 0u; k < stride; k++) { addTerms(&tile, x[at.x + k], x[at.y + k], columns(left, k), columns(right, k)); }
  if (LORA == 1u) {
    // The adapter is rank further terms.
    let rank = params.rank[p];
    let low = params.lowAt[p] + rows * rank;
    for (var r = 0u; r < rank; r += 4u) {
      let a = params.scale[p] * transpose(ranksOf(&b, params.factorAt[p] + four(n, outputs) * rank, r, rank));
      let c = params.scale[p] * transpose(ranksOf(&b, params.factorAt[p] + four(n + 4u, outputs) * rank, r, rank));
      addTerms(&tile, next4(&u, low.x, r, rank), next4(&u, low.y, r, rank), a, c);
    }
  }
  storeY(p, m, n, tile.l0, tile.r0);
  storeY(p, m + 1u, n, tile.l1, tile.r1);
  storeY(p, m + 2u, n, tile.l2, tile.r2);
  storeY(p, m + 3u, n, tile.l3, tile.r3);
  storeY(p, m + 4u, n, tile.l4, tile.r4);
  storeY(p, m + 5u, n, tile.l5, tile.r5);
  storeY(p, m + 6u, n, tile.l6, tile.r6);
  storeY(p, m + 7u, n, tile.l7, tile.r7);
}

fn storeY(p: u32, m: u32, n: u32, left: vec4f, right: vec4f) {
  store4(p, 0u, m, n, left);
  store4(p, 0u, m, n + 4u, right);
}

// Eight inputs of one row; those past the end are left out.
fn storeDx(m: u32, quad: u32, left: vec4f, right: vec4f) {
  let stride = params.inputs / 4u;
  if (m >= params.rows || quad >= stride) { return; }
  let at = m * stride + quad;
  var first = left;
  var second = right;
  if (params.accumulate != 0.0) {
    first += dx[at];
    second += dx[at + 1u];
  }
  dx[at] = first;
  dx[at + 1u] = second;
}

// t_p A_p of the eight inputs from 4·quad on.
fn adapted(p: u32, rows: vec2u, quad: u32) -> Tile {
  let rank = params.rank[p];
  let stride = params.inputs / 4u;
  let low = params.lowAt[p] + rows * rank;
  let factor = params.factorAt[p] / 4u + quad;
  var tile = Tile();
  for (var r = 0u; r < rank; r += 4u) {
    let at = factor + four(r, rank) * stride;
    let left = mat4x4f(a[at.x], a[at.y], a[at.z], a[at.w]);
    let right = mat4x4f(a[at.x + 1u], a[at.y + 1u], a[at.z + 1u], a[at.w + 1u]);
    addTerms(&tile, next4(&t, low.x, r, rank), next4(&t, low.y, r, rank), left, right);
  }
  return tile;
}

// Dropout falls on the adapter's share alone.
fn addAdapted(tile: ptr<function, Tile>, p: u32, m: u32, rows: vec2u, quad: u32) {
  let seed = params.seed[p];
  let low = adapted(p, rows, quad);
  (*tile).l0 += low.l0 * mask(m, quad, seed);
  (*tile).l1 += low.l1 * mask(m + 1u, quad, seed);
  (*tile).l2 += low.l2 * mask(m + 2u, quad, seed);
  (*tile).l3 += low.l3 * mask(m + 3u, quad, seed);
  (*tile).l4 += low.l4 * mask(m + 4u, quad, seed);
  (*tile).l5 += low.l5 * mask(m + 5u, quad, seed);
  (*tile).l6 += low.l6 * mask(m + 6u, quad, seed);
  (*tile).l7 += low.l7 * mask(m + 7u, quad, seed);
  (*tile).r0 += low.r0 * mask(m, quad + 1u, seed);
  (*tile).r1 += low.r1 * mask(m + 1u, quad + 1u, seed);
  (*tile).r2 += low.r2 * mask(m + 2u, quad + 1u, seed);
  (*tile).r3 += low.r3 * mask(m + 3u, quad + 1u, seed);
  (*tile).r4 += low.r4 * mask(m + 4u, quad + 1u, seed);
  (*tile).r5 += low.r5 * mask(m + 5u, quad + 1u, seed);
  (*tile).r6 += low.r6 * mask(m + 6u, quad + 1u, seed);
  (*tile).r7 += low.r7 * mask(m + 7u, quad + 1u, seed);
}

@compute @workgroup_size(WIDTH)
fn backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(global_invocation_id) id: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  for (var m = group.y * ROWS; m < min(group.y * ROWS + ROWS, params.rows); m += 8u) { backwardRows(m, 2u * id.x, lane); }
}

fn backwardRows(m: u32, quad: u32, lane: u32) {
  let rows = rowsOf(m, lane);
  let stride = params.inputs / 8u;
  let eight = min(quad / 2u, stride - 1u);
  var tile = Tile();
  for (var p = 0u; p < params.parts; p++) {
    if (LORA == 1u) { addAdapted(&tile, p, m, rows, 2u * eight); }
    let outputs = params.outputs[p];
    let at = params.outAt[p] + rows * params.pitch[p];
    let first = params.weightAt[p] / 4u + eight;
    for (var n = 0u; n < outputs; n += 4u) {
      // What is past the last output meets a dy of zero.
      let line = first + four(n, outputs) * stride;
      let w0 = weightWide[line.x];
      let w1 = weightWide[line.y];
      let w2 = weightWide[line.z];
      let w3 = weightWide[line.w];
      let left = mat4x4f(unpack(w0.xy), unpack(w1.xy), unpack(w2.xy), unpack(w3.xy));
      let right = mat4x4f(unpack(w0.zw), unpack(w1.zw), unpack(w2.zw), unpack(w3.zw));
      addTerms(&tile, next4(&dy, at.x, n, outputs), next4(&dy, at.y, n, outputs), left, right);
    }
  }
  storeDx(m, quad, tile.l0, tile.r0);
  storeDx(m + 1u, quad, tile.l1, tile.r1);
  storeDx(m + 2u, quad, tile.l2, tile.r2);
  storeDx(m + 3u, quad, tile.l3, tile.r3);
  storeDx(m + 4u, quad, tile.l4, tile.r4);
  storeDx(m + 5u, quad, tile.l5, tile.r5);
  storeDx(m + 6u, quad, tile.l6, tile.r6);
  storeDx(m + 7u, quad, tile.l7, tile.r7);
}
