// Projections by tiles: ACROSS by DOWN invocations make 8·DOWN rows by 4·STRIPS·ACROSS columns, from sixteen terms of the sums
// at a time. Those are staged in workgroup memory, weights unpacked and x turned on the way there; the next ones are fetched
// while these are summed. An invocation keeps strips of eight rows by four columns in registers: rows 4·y.. and 4·(DOWN + y)..,
// columns 4·(ACROSS·strip + x).., so that neighbours read neighbouring vectors. Terms are added in the order of the sum
// whatever the tile is: same bits.
// Where there are fewer tiles than keep a card busy, `z` workgroups share the terms of one: each writes sums of its own,
// from `stages` of them at most, for linear.sums to add up.
// Formulas: linear.wgsl; shapes: lib/projection. Inputs must be a multiple of 4.

#import lib/projection

@group(0) @binding(0) var<storage, read> dyWide: array<vec4f>;

// 1 where every row of dy begins and ends on a vector.
override WHOLE_VECTORS = 0u;

const DEPTH = 16u; // terms of a stage
const QUADS = DEPTH / 4u;
const LINES = 2u * DOWN; // vectors of a term's rows; as many as of its columns, STRIPS · ACROSS
const INVOCATIONS = ACROSS * DOWN;

// One vector more than is used: the terms of a block then lie in other banks. Indexed by constants where it can be, as
// checking an index costs as much as a multiplication.
var<workgroup> left: array<array<vec4f, LINES + 1u>, DEPTH>;  // [term][four rows]
var<workgroup> right: array<array<vec4f, LINES + 1u>, DEPTH>; // [term][four columns]

// Each matrix holds four rows of four columns, one row in each of its columns.
struct Strip { top: mat4x4f, bottom: mat4x4f }

// The third and fourth are never used where STRIPS is 2.
struct Sums { first: Strip, second: Strip, third: Strip, fourth: Strip }

fn outer(rows: vec4f, columns: vec4f) -> mat4x4f {
  return mat4x4f(rows.x * columns, rows.y * columns, rows.z * columns, rows.w * columns);
}

fn addTop(strip: ptr<function, Strip>, top: vec4f, columns: vec4f) { (*strip).top += outer(top, columns); }

fn addBottom(strip: ptr<function, Strip>, bottom: vec4f, columns: vec4f) { (*strip).bottom += outer(bottom, columns); }

// One term. Where the lower half of a tile is past the last row, it is left out.
fn addTerm(sums: ptr<function, Sums>, place: vec2u, term: u32, whole: bool) {
  let top = left[term][place.y];
  let first = right[term][place.x];
  let second = right[term][ACROSS + place.x];
  addTop(&(*sums).first, top, first);
  addTop(&(*sums).second, top, second);
  let bottom = left[term][DOWN + place.y];
  if (whole) {
    addBottom(&(*sums).first, bottom, first);
    addBottom(&(*sums).second, bottom, second);
  }
  if (STRIPS == 4u) {
    let third = right[term][min(2u, STRIPS - 1u) * ACROSS + place.x];
    let fourth = right[term][(STRIPS - 1u) * ACROSS + place.x];
    addTop(&(*sums).third, top, third);
    addTop(&(*sums).fourth, top, fourth);
    if (whole) {
      addBottom(&(*sums).third, bottom, third);
      addBottom(&(*sums).fourth, bottom, fourth);
    }
  }
}

// Written out: half as fast again as a loop.
fn addTerms(sums: ptr<function, Sums>, place: vec2u, whole: bool) {
  addTerm(sums, place, 0u, whole);
  addTerm(sums, place, 1u, whole);
  addTerm(sums, place, 2u, whole);
  addTerm(sums, place, 3u, whole);
  addTerm(sums, place, 4u, whole);
  addTerm(sums, place, 5u, whole);
  addTerm(sums, place, 6u, whole);
  addTerm(sums, place, 7u, whole);
  addTerm(sums, place, 8u, whole);
  addTerm(sums, place, 9u, whole);
  addTerm(sums, place, 10u, whole);
  addTerm(sums, place, 11u, whole);
  addTerm(sums, place, 12u, whole);
  addTerm(sums, place, 13u, whole);
  addTerm(sums, place, 14u, whole);
  addTerm(sums, place, 15u, whole);
}

fn addStage(sums: ptr<function, Sums>, place: vec2u, whole: bool) {
  if (whole) { addTerms(sums, place, true); } else { addTerms(sums, place, false); }
}

// Terms 4·quad.. of four lines: one vector per term.
fn putLeft(block: mat4x4f, line: u32, quad: u32) {
  let turned = transpose(block);
  left[4u * quad][line] = turned[0];
  left[4u * quad + 1u][line] = turned[1];
  left[4u * quad + 2u][line] = turned[2];
  left[4u * quad + 3u][line] = turned[3];
}

fn putRight(terms: mat4x4f, line: u32, quad: u32) {
  right[4u * quad][line] = terms[0];
  right[4u * quad + 1u][line] = terms[1];
  right[4u * quad + 2u][line] = terms[2];
  right[4u * quad + 3u][line] = terms[3];
}

// Four lines, the last one again past the end: computed and not stored.
fn four(line: u32, lines: u32) -> vec4u {
  return min(line + vec4u(0u, 1u, 2u, 3u), vec4u(lines - 1u));
}

fn xBlock(m: u32, quad: u32) -> mat4x4f {
  let stride = params.inputs / 4u;
  if (quad >= stride) { return mat4x4f(); }
  let at = four(m, params.rows) * stride + quad;
  return mat4x4f(x[at.x], x[at.y], x[at.z], x[at.w]);
}

// Four lines of four weights as they are fetched.
struct Words { a: vec2u, b: vec2u, c: vec2u, d: vec2u }

fn unpacked(words: Words) -> mat4x4f {
  return mat4x4f(unpack(words.a), unpack(words.b), unpack(words.c), unpack(words.d));
}

// Inputs 4·quad.. of outputs n..
fn outputsOf(p: u32, n: u32, quad: u32) -> Words {
  let stride = params.inputs / 4u;
  if (quad >= stride) { return Words(); }
  let at = params.weightAt[p] / 2u + four(n, params.outputs[p]) * stride + quad;
  return Words(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

// scale · u Bᵀ of eight rows and four outputs.
fn addAdapter(strip: ptr<function, Strip>, p: u32, m: vec2u, n: u32) {
  let rank = params.rank[p];
  let scale = params.scale[p];
  let top = params.lowAt[p] + four(m.x, params.rows) * rank;
  let bottom = params.lowAt[p] + four(m.y, params.rows) * rank;
  let at = params.factorAt[p] + four(n, params.outputs[p]) * rank;
  for (var r = 0u; r < rank; r++) {
    let columns = scale * vec4f(b[at.x + r], b[at.y + r], b[at.z + r], b[at.w + r]);
    addTop(strip, vec4f(u[top.x + r], u[top.y + r], u[top.z + r], u[top.w + r]), columns);
    addBottom(strip, vec4f(u[bottom.x + r], u[bottom.y + r], u[bottom.z + r], u[bottom.w + r]), columns);
  }
}

fn storeY(strip: Strip, p: u32, z: u32, m: vec2u, n: u32) {
  var done = strip;
  if (LORA == 1u && z == 0u) { addAdapter(&done, p, m, n); }
  store4(p, z, m.x, n, done.top[0]);
  store4(p, z, m.x + 1u, n, done.top[1]);
  store4(p, z, m.x + 2u, n, done.top[2]);
  store4(p, z, m.x + 3u, n, done.top[3]);
  store4(p, z, m.y, n, done.bottom[0]);
  store4(p, z, m.y + 1u, n, done.bottom[1]);
  store4(p, z, m.y + 2u, n, done.bottom[2]);
  store4(p, z, m.y + 3u, n, done.bottom[3]);
}

@compute @workgroup_size(INVOCATIONS)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let p = partOf(group.x, params.tiles);
  let row = group.y * 8u * DOWN;
  let column = (group.x - params.tiles[p]) * 4u * LINES;
  let place = vec2u(index % ACROSS, index / ACROSS);
  let line = index / QUADS; // of the block that this invocation fetches
  let depth = index % QUADS;
  let stride = params.inputs / 4u;
  let whole = row + 4u * DOWN < params.rows;
  let first = group.z * params.stages * QUADS;
  let end = min(first + params.stages * QUADS, stride);
  var sums = Sums();
  var xs = xBlock(row + 4u * line, first + depth);
  var ws = outputsOf(p, column + 4u * line, first + depth);
  for (var quad = first; quad < end; quad += QUADS) {
    workgroupBarrier();
    putLeft(xs, line, depth);
    putRight(transpose(unpacked(ws)), line, depth);
    workgroupBarrier();
    xs = xBlock(row + 4u * line, quad + QUADS + depth);
    ws = outputsOf(p, column + 4u * line, quad + QUADS + depth);
    addStage(&sums, place, whole);
  }
  let m = row + 4u * vec2u(place.y, DOWN + place.y);
  let n = column + 4u * place.x;
  storeY(sums.first, p, group.z, m, n);
  storeY(sums.second, p, group.z, m, n + 4u * ACROSS);
  if (STRIPS == 4u) {
    storeY(sums.third, p, group.z, m, n + 8u * ACROSS);
    storeY(sums.fourth, p, group.z, m, n + 12u * ACROSS);
  }
}

fn dyAt(i: u32) -> f32 { return dyWide[i / 4u][i % 4u]; }

// dy of outputs n.. of one row, zero past the last.
fn dy4(row: u32, n: u32, outputs: u32) -> vec4f {
  if (WHOLE_VECTORS == 1u) { return select(vec4f(), dyWide[(row + min(n, outputs - 4u)) / 4u], n < outputs); }
  let index = n + vec4u(0u, 1u, 2u, 3u);
  let at = row + min(index, vec4u(outputs - 1u));
  return select(vec4f(), vec4f(dyAt(at.x), dyAt(at.y), dyAt(at.z), dyAt(at.w)), index < vec4u(outputs));
}

fn dyBlock(p: u32, m: u32, n: u32) -> mat4x4f {
  let outputs = params.outputs[p];
  let row = params.outAt[p] + four(m, params.rows) * params.pitch[p];
  return mat4x4f(dy4(row.x, n, outputs), dy4(row.y, n, outputs), dy4(row.z, n, outputs), dy4(row.w, n, outputs));
}

// Outputs n.. of inputs 4·quad.. : what is past the last output meets a dy of zero.
fn inputsOf(p: u32, n: u32, quad: u32) -> Words {
  let stride = params.inputs / 4u;
  let at = params.weightAt[p] / 2u + four(n, params.outputs[p]) * stride + min(quad, stride - 1u);
  return Words(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

// dropout_p(t A) of four rows and inputs 4·quad..
fn adapted(p: u32, m: u32, quad: u32) -> mat4x4f {
  let rank = params.rank[p];
  let seed = params.seed[p];
  let stride = params.inputs / 4u;
  let row = params.lowAt[p] + four(m, params.rows) * rank;
  let factor = params.factorAt[p] / 4u + min(quad, stride - 1u);
  var low = mat4x4f();
  for (var r = 0u; r < rank; r++) {
    low += outer(vec4f(t[row.x + r], t[row.y + r], t[row.z + r], t[row.w + r]), a[factor + r * stride]);
  }
  return mat4x4f(
    low[0] * mask(m, quad, seed),
    low[1] * mask(m + 1u, quad, seed),
    low[2] * mask(m + 2u, quad, seed),
    low[3] * mask(m + 3u, quad, seed),
  );
}

fn storeRow(z: u32, m: u32, quad: u32, values: vec4f) {
  let stride = params.inputs / 4u;
  if (m >= params.rows || quad >= stride) { return; }
  let at = (z * params.rows + m) * stride + quad;
  if (params.accumulate != 0.0) { dx[at] += values; } else { dx[at] = values; }
}

fn storeRows(z: u32, m: u32, quad: u32, rows: mat4x4f) {
  storeRow(z, m, quad, rows[0]);
  storeRow(z, m + 1u, quad, rows[1]);
  storeRow(z, m + 2u, quad, rows[2]);
  storeRow(z, m + 3u, quad, rows[3]);
}

fn storeDx(strip: Strip, z: u32, m: vec2u, quad: u32) {
  var done = strip;
  for (var p = 0u; LORA == 1u && z == 0u && p < params.parts; p++) {
    done.top += adapted(p, m.x, quad);
    done.bottom += adapted(p, m.y, quad);
  }
  storeRows(z, m.x, quad, done.top);
  storeRows(z, m.y, quad, done.bottom);
}

@compute @workgroup_size(INVOCATIONS)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let row = group.y * 8u * DOWN;
  let column = group.x * LINES; // in quads
  let place = vec2u(index % ACROSS, index / ACROSS);
  let whole = row + 4u * DOWN < params.rows;
  let begin = group.z * params.stages;
  let end = begin + params.stages;
  var sums = Sums();
  var before = 0u; // stages of the parts before
  for (var p = 0u; p < params.parts; p++) {
    let stages = (params.outputs[p] + DEPTH - 1u) / DEPTH;
    let first = clamp(begin, before, before + stages) - before;
    let last = clamp(end, before, before + stages) - before;
    before += stages;
    // Rows of the weight lie as they are wanted: neighbours fetch neighbouring quads of them.
    var ds = dyBlock(p, row + 4u * (index / QUADS), first * DEPTH + 4u * (index % QUADS));
    var ws = inputsOf(p, first * DEPTH + 4u * (index / LINES), column + index % LINES);
    for (var n = first * DEPTH; n < last * DEPTH; n += DEPTH) {
      workgroupBarrier();
      putLeft(ds, index / QUADS, index % QUADS);
      putRight(unpacked(ws), index % LINES, index / LINES);
      workgroupBarrier();
      ds = dyBlock(p, row + 4u * (index / QUADS), n + DEPTH + 4u * (index % QUADS));
      ws = inputsOf(p, n + DEPTH + 4u * (index / LINES), column + index % LINES);
      addStage(&sums, place, whole);
    }
  }
  let m = row + 4u * vec2u(place.y, DOWN + place.y);
  let quad = column + place.x;
  storeDx(sums.first, group.z, m, quad);
  storeDx(sums.second, group.z, m, quad + ACROSS);
  if (STRIPS == 4u) {
    storeDx(sums.third, group.z, m, quad + 2u * ACROSS);
    storeDx(sums.fourth, group.z, m, quad + 3u * ACROSS);
  }
}
