// Variant of `linear` for graphics cards: a workgroup makes a tile of 8·SIDE rows by 8·SIDE columns. Sixteen terms of its
// sums at a time are staged in workgroup memory, weights unpacked and x turned on the way there; the next ones are fetched
// while these are summed. One invocation keeps 8 by 8 sums in registers: rows 4·y.. and 4·(SIDE + y).., columns likewise,
// so that neighbours read neighbouring vectors. Terms are added in the order of the sum whatever SIDE is: same bits.
// Where there are fewer tiles than keep a card busy, `z` workgroups share the terms of one: each writes sums of its own,
// `stages` of them at most, for linear.sums to add up.
// Formulas: linear.wgsl; shapes: lib/projection. Inputs must be a multiple of 4.

#import lib/projection

override SIDE = 16u; // 8 or 16

const DEPTH = 16u; // terms of a stage

var<workgroup> left: array<vec4f, 2u * SIDE * DEPTH>;  // [term][four rows]
var<workgroup> right: array<vec4f, 2u * SIDE * DEPTH>; // [term][four columns]

// Each matrix holds four rows of four columns, one row in each of its columns.
struct Sums { topLeft: mat4x4f, topRight: mat4x4f, bottomLeft: mat4x4f, bottomRight: mat4x4f }

// What an invocation fetches of a stage: a block of four by four of x, of the weight, or of both.
struct Share { line: u32, quad: u32, ofLeft: bool, ofRight: bool }

fn outer(rows: vec4f, columns: vec4f) -> mat4x4f {
  return mat4x4f(rows.x * columns, rows.y * columns, rows.z * columns, rows.w * columns);
}

// Where the lower half of a tile is past the last row, it is left out.
fn addStage(sums: ptr<function, Sums>, local: vec3u, whole: bool) {
  if (whole) { addWhole(sums, local); } else { addTop(sums, local); }
}

fn addTop(sums: ptr<function, Sums>, local: vec3u) {
  for (var term = 0u; term < DEPTH; term++) {
    let line = term * 2u * SIDE;
    let top = left[line + local.y];
    (*sums).topLeft += outer(top, right[line + local.x]);
    (*sums).topRight += outer(top, right[line + SIDE + local.x]);
  }
}

fn addWhole(sums: ptr<function, Sums>, local: vec3u) {
  for (var term = 0u; term < DEPTH; term++) {
    let line = term * 2u * SIDE;
    let top = left[line + local.y];
    let bottom = left[line + SIDE + local.y];
    let first = right[line + local.x];
    let second = right[line + SIDE + local.x];
    (*sums).topLeft += outer(top, first);
    (*sums).topRight += outer(top, second);
    (*sums).bottomLeft += outer(bottom, first);
    (*sums).bottomRight += outer(bottom, second);
  }
}

// There are 8·SIDE blocks on each side: at SIDE 8 an invocation fetches one of both, at 16 one of either.
fn shareOf(local: vec3u) -> Share {
  let lane = local.y * SIDE + local.x;
  let block = lane % (8u * SIDE);
  return Share(block / 4u, block % 4u, (lane < 8u * SIDE), (lane >= SIDE * SIDE - 8u * SIDE));
}

// Terms 4·quad.. of lines 4·line..: one vector per term.
fn putLeft(block: mat4x4f, line: u32, quad: u32) {
  let turned = transpose(block);
  let at = 4u * quad * 2u * SIDE + line;
  left[at] = turned[0];
  left[at + 2u * SIDE] = turned[1];
  left[at + 4u * SIDE] = turned[2];
  left[at + 6u * SIDE] = turned[3];
}

fn putRight(terms: mat4x4f, line: u32, quad: u32) {
  let at = 4u * quad * 2u * SIDE + line;
  right[at] = terms[0];
  right[at + 2u * SIDE] = terms[1];
  right[at + 4u * SIDE] = terms[2];
  right[at + 6u * SIDE] = terms[3];
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

fn addAdapter(sums: ptr<function, Sums>, p: u32, m: vec2u, n: vec2u) {
  let rank = params.rank[p];
  let scale = params.scale[p];
  let top = params.lowAt[p] + four(m.x, params.rows) * rank;
  let bottom = params.lowAt[p] + four(m.y, params.rows) * rank;
  let first = params.factorAt[p] + four(n.x, params.outputs[p]) * rank;
  let second = params.factorAt[p] + four(n.y, params.outputs[p]) * rank;
  for (var r = 0u; r < rank; r++) {
    let uTop = vec4f(u[top.x + r], u[top.y + r], u[top.z + r], u[top.w + r]);
    let uBottom = vec4f(u[bottom.x + r], u[bottom.y + r], u[bottom.z + r], u[bottom.w + r]);
    let bFirst = scale * vec4f(b[first.x + r], b[first.y + r], b[first.z + r], b[first.w + r]);
    let bSecond = scale * vec4f(b[second.x + r], b[second.y + r], b[second.z + r], b[second.w + r]);
    (*sums).topLeft += outer(uTop, bFirst);
    (*sums).topRight += outer(uTop, bSecond);
    (*sums).bottomLeft += outer(uBottom, bFirst);
    (*sums).bottomRight += outer(uBottom, bSecond);
  }
}

fn storeY(p: u32, z: u32, m: u32, n: u32, rows: mat4x4f) {
  store4(p, z, m, n, rows[0]);
  store4(p, z, m + 1u, n, rows[1]);
  store4(p, z, m + 2u, n, rows[2]);
  store4(p, z, m + 3u, n, rows[3]);
}

@compute @workgroup_size(SIDE, SIDE)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let p = partOf(group.x, params.tiles);
  let row = group.y * 8u * SIDE;
  let column = (group.x - params.tiles[p]) * 8u * SIDE;
  let share = shareOf(local);
  let stride = params.inputs / 4u;
  let whole = row + 4u * SIDE < params.rows;
  let first = group.z * params.stages * (DEPTH / 4u);
  let end = min(first + params.stages * (DEPTH / 4u), stride);
  var sums = Sums();
  var xs = xBlock(row + 4u * share.line, first + share.quad);
  var ws = outputsOf(p, column + 4u * share.line, first + share.quad);
  for (var quad = first; quad < end; quad += DEPTH / 4u) {
    workgroupBarrier();
    if (share.ofLeft) { putLeft(xs, share.line, share.quad); }
    if (share.ofRight) { putRight(transpose(unpacked(ws)), share.line, share.quad); }
    workgroupBarrier();
    let next = quad + DEPTH / 4u + share.quad;
    if (share.ofLeft) { xs = xBlock(row + 4u * share.line, next); }
    if (share.ofRight) { ws = outputsOf(p, column + 4u * share.line, next); }
    addStage(&sums, local, whole);
  }
  let m = row + 4u * vec2u(local.y, SIDE + local.y);
  let n = column + 4u * vec2u(local.x, SIDE + local.x);
  if (LORA == 1u && group.z == 0u) { addAdapter(&sums, p, m, n); }
  storeY(p, group.z, m.x, n.x, sums.topLeft);
  storeY(p, group.z, m.x, n.y, sums.topRight);
  storeY(p, group.z, m.y, n.x, sums.bottomLeft);
  storeY(p, group.z, m.y, n.y, sums.bottomRight);
}

// dy of outputs n.. of one row, zero past the last.
fn dy4(row: u32, n: u32, outputs: u32) -> vec4f {
  let index = n + vec4u(0u, 1u, 2u, 3u);
  let at = row + min(index, vec4u(outputs - 1u));
  return select(vec4f(), vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]), index < vec4u(outputs));
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

// dropout_p(t A) in one matrix of the sums.
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

fn storeDx(z: u32, m: u32, quad: u32, rows: mat4x4f) {
  storeRow(z, m, quad, rows[0]);
  storeRow(z, m + 1u, quad, rows[1]);
  storeRow(z, m + 2u, quad, rows[2]);
  storeRow(z, m + 3u, quad, rows[3]);
}

@compute @workgroup_size(SIDE, SIDE)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = group.y * 8u * SIDE;
  let column = group.x * 2u * SIDE; // in quads
  let share = shareOf(local);
  // Rows of the weight lie as they are wanted: neighbours fetch neighbouring quads of them.
  let block = 4u * share.line + share.quad;
  let line = block % (2u * SIDE);
  let depth = block / (2u * SIDE);
  let m = row + 4u * vec2u(local.y, SIDE + local.y);
  let quad = column + vec2u(local.x, SIDE + local.x);
  let whole = row + 4u * SIDE < params.rows;
  let begin = group.z * params.stages;
  let end = begin + params.stages;
  var sums = Sums();
  var before = 0u; // stages of the parts before
  for (var p = 0u; p < params.parts; p++) {
    let outputs = params.outputs[p];
    let stages = (outputs + DEPTH - 1u) / DEPTH;
    let first = clamp(begin, before, before + stages) - before;
    let last = clamp(end, before, before + stages) - before;
    before += stages;
    if (LORA == 1u && group.z == 0u) {
      sums.topLeft += adapted(p, m.x, quad.x);
      sums.topRight += adapted(p, m.x, quad.y);
      sums.bottomLeft += adapted(p, m.y, quad.x);
      sums.bottomRight += adapted(p, m.y, quad.y);
    }
    var ds = dyBlock(p, row + 4u * share.line, first * DEPTH + 4u * share.quad);
    var ws = inputsOf(p, first * DEPTH + 4u * depth, column + line);
    for (var n = first * DEPTH; n < last * DEPTH; n += DEPTH) {
      workgroupBarrier();
      if (share.ofLeft) { putLeft(ds, share.line, share.quad); }
      if (share.ofRight) { putRight(unpacked(ws), line, depth); }
      workgroupBarrier();
      if (share.ofLeft) { ds = dyBlock(p, row + 4u * share.line, n + DEPTH + 4u * share.quad); }
      if (share.ofRight) { ws = inputsOf(p, n + DEPTH + 4u * depth, column + line); }
      addStage(&sums, local, whole);
    }
  }
  storeDx(group.z, m.x, quad.x, sums.topLeft);
  storeDx(group.z, m.x, quad.y, sums.topRight);
  storeDx(group.z, m.y, quad.x, sums.bottomLeft);
  storeDx(group.z, m.y, quad.y, sums.bottomRight);
}
