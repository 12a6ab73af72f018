// A workgroup holds rows of heads and meets rows of other matrices in blocks. PARTS invocations make the dot products of one of
// these with all rows held, each of its own elements. Once weights of the block are made of them, VECS invocations, four
// elements each, add up what is weighted: SPLITS of them share a block, and their sums meet at the end, in a fixed order.
// Between `hold`, `meet`, what makes weights, `add`, `leave` and `store` there is a barrier.

#import lib/heads

// A multiple of PARTS, at least BLOCK and SPLITS · VECS.
override WIDTH = 128u;
// 1, 2 or 4: the components of a vector of scores or weights.
override ROWS = 4u;
// A multiple of SLICES and of 4 · SPLITS.
override BLOCK = 32u;
override PARTS = 8u;
override SPLITS = 4u;
// Matrices that rows are held of, each to be met by one of its own.
override HELD = 2u;
// HELD · BLOCK partial dot products by PITCH, or ROWS · SPLITS · VECS sums.
override POOL: u32;

// One more than PARTS, so that neighbours who add them up read from different banks.
override PITCH = PARTS + 1u;
override STEPS = (VECS + PARTS - 1u) / PARTS;

// Of a block's scores, for their maximum.
const SLICES = 8u;

var<workgroup> held: array<vec4f, HELD * ROWS * VECS>; // [matrix][row][quad]
var<workgroup> pool: array<vec4f, POOL>;               // [matrix][in block][part], in the end [row][split][quad]
var<workgroup> weights: array<vec4f, BLOCK>;           // a component for each row held
var<workgroup> slopes: array<vec4f, BLOCK>;
var<workgroup> tops: array<vec4f, SLICES>;
var<workgroup> totals: array<vec4f, SPLITS>;

// Rows `first`, `first` + stride and so on of a matrix.
struct Rows { first: u32, stride: u32, count: u32 }

fn hold(m: ptr<storage, array<vec4f>, read>, rows: Rows, matrix: u32, lane: u32) {
  for (var i = lane; i < ROWS * VECS; i += WIDTH) {
    // Those that are not there repeat the last, and are not stored.
    held[matrix * ROWS * VECS + i] = at(m, rows.first + min(i / VECS, rows.count - 1u) * rows.stride, i % VECS);
  }
}

// Four elements of a row, which has them.
fn at(m: ptr<storage, array<vec4f>, read>, row: u32, i: u32) -> vec4f {
  if (PAIRS % 2u == 0u) { return m[row * VECS + i]; }
  return elements(m, row, i);
}

fn four(m: ptr<storage, array<vec4f>, read>, rows: vec4u, i: u32) -> mat4x4f {
  return mat4x4f(at(m, rows.x, i), at(m, rows.y, i), at(m, rows.z, i), at(m, rows.w, i));
}

// One part of the dot products of a row of m with all rows held.
fn meet(m: ptr<storage, array<vec4f>, read>, row: u32, matrix: u32, slot: u32, part: u32) {
  var sum = vec4f();
  for (var step = 0u; step < STEPS; step++) {
    let i = step * PARTS + part;
    if (VECS % PARTS != 0u && i >= VECS) { break; }
    let x = at(m, row, i);
    let mine = matrix * ROWS * VECS + i;
    sum.x += dot(x, held[mine]);
    if (ROWS > 1u) { sum.y += dot(x, held[mine + VECS]); }
    if (ROWS > 2u) {
      sum.z += dot(x, held[mine + 2u * VECS]);
      sum.w += dot(x, held[mine + 3u * VECS]);
    }
  }
  pool[(matrix * BLOCK + slot) * PITCH + part] = sum;
}

fn products(matrix: u32, slot: u32) -> vec4f {
  var sum = vec4f();
  for (var part = 0u; part < PARTS; part++) { sum += pool[(matrix * BLOCK + slot) * PITCH + part]; }
  return sum;
}

// Four places of a block, SPLITS apart.
fn places(first: u32) -> vec4u { return first + SPLITS * vec4u(0u, 1u, 2u, 3u); }

// Of four places a column each.
fn weightsAt(n: vec4u) -> mat4x4f { return mat4x4f(weights[n.x], weights[n.y], weights[n.z], weights[n.w]); }
fn slopesAt(n: vec4u) -> mat4x4f { return mat4x4f(slopes[n.x], slopes[n.y], slopes[n.z], slopes[n.w]); }

// Where a lane begins in a block; past its end when it has no part in the sums.
fn firstOf(lane: u32) -> u32 { return select(BLOCK, lane / VECS, lane / VECS < SPLITS); }

// Four vectors of m, by their weights to the sums: a column for each row held.
fn add(sums: ptr<function, mat4x4f>, x: mat4x4f, by: mat4x4f) {
  let w = transpose(by);
  (*sums)[0] += x * w[0];
  if (ROWS > 1u) { (*sums)[1] += x * w[1]; }
  if (ROWS > 2u) {
    (*sums)[2] += x * w[2];
    (*sums)[3] += x * w[3];
  }
}

fn columnSums(m: mat4x4f) -> vec4f { return (m[0] + m[1]) + (m[2] + m[3]); }

// Leaves the sums of a lane for `store`, with a barrier between.
fn leave(sums: mat4x4f, lane: u32) {
  if (lane / VECS >= SPLITS) { return; }
  pool[lane] = sums[0];
  let row = SPLITS * VECS;
  if (ROWS > 1u) { pool[row + lane] = sums[1]; }
  if (ROWS > 2u) {
    pool[2u * row + lane] = sums[2];
    pool[3u * row + lane] = sums[3];
  }
}

fn leaveTotal(total: vec4f, lane: u32) {
  if (lane % VECS == 0u && lane / VECS < SPLITS) { totals[lane / VECS] = total; }
}

fn allTotals() -> vec4f {
  var sum = vec4f();
  for (var split = 0u; split < SPLITS; split++) { sum += totals[split]; }
  return sum;
}

fn store(m: ptr<storage, array<vec2f>, read_write>, rows: Rows, by: vec4f, lane: u32) {
  for (var i = lane; i < rows.count * VECS; i += WIDTH) {
    let row = i / VECS;
    var sum = vec4f();
    for (var split = 0u; split < SPLITS; split++) { sum += pool[(row * SPLITS + split) * VECS + i % VECS]; }
    put(m, rows.first + row * rows.stride, i % VECS, by[row] * sum);
  }
}
