// dx of a tile (lib/tiles).

#import lib/tiles
#import lib/wideRows

@group(0) @binding(0) var<storage, read> dyWide: array<vec4f>;

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
  for (var r = 0u; r < rank; r += 4u) {
    let at = factor + four(r, rank) * stride;
    low += mat4x4f(a[at.x], a[at.y], a[at.z], a[at.w]) * ranksOf(&t, row, r, rank);
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
  var top = mat4x4f(strip.top0, strip.top1, strip.top2, strip.top3);
  var bottom = mat4x4f(strip.bottom0, strip.bottom1, strip.bottom2, strip.bottom3);
  for (var p = 0u; LORA == 1u && z == 0u && p < params.parts; p++) {
    top += adapted(p, m.x, quad);
    bottom += adapted(p, m.y, quad);
  }
  storeRows(z, m.x, quad, top);
  storeRows(z, m.y, quad, bottom);
}

@compute @workgroup_size(INVOCATIONS)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let row = group.y * 8u * DOWN;
  let column = group.x * LINES; // in quads
  let place = placeIn(index);
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
