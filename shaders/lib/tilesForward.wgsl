// y of a tile (lib/tiles).

#import lib/tiles
#import lib/wideRows

// Inputs 4·quad.. of the rows that begin at `rows`, in vectors; zero past the last.
fn xBlock(rows: vec4u, quad: u32) -> mat4x4f {
  if (quad >= params.inputs / 4u) { return mat4x4f(); }
  let at = rows + quad;
  return mat4x4f(x[at.x], x[at.y], x[at.z], x[at.w]);
}

// Inputs 4·quad.. of the outputs whose weights begin at `lines`, in pairs of words; zero past the last.
fn weightBlock(lines: vec4u, quad: u32) -> Words {
  if (quad >= params.inputs / 4u) { return Words(); }
  let at = lines + quad;
  return Words(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

fn uBlock(p: u32, m: u32, r: u32) -> mat4x4f {
  let rank = params.rank[p];
  return ranksOf(&u, params.lowAt[p] + four(m, params.rows) * rank, r, rank);
}

fn bBlock(p: u32, n: u32, r: u32) -> mat4x4f {
  let rank = params.rank[p];
  return params.scale[p] * ranksOf(&b, params.factorAt[p] + four(n, params.outputs[p]) * rank, r, rank);
}

fn storeStrip(strip: Strip, p: u32, z: u32, m: vec2u, n: u32) {
  storeY(p, z, m.x, n, strip.top0);
  storeY(p, z, m.x + 1u, n, strip.top1);
  storeY(p, z, m.x + 2u, n, strip.top2);
  storeY(p, z, m.x + 3u, n, strip.top3);
  storeY(p, z, m.y, n, strip.bottom0);
  storeY(p, z, m.y + 1u, n, strip.bottom1);
  storeY(p, z, m.y + 2u, n, strip.bottom2);
  storeY(p, z, m.y + 3u, n, strip.bottom3);
}

@compute @workgroup_size(INVOCATIONS)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let p = partOf(group.x, params.tiles);
  let row = group.y * 8u * DOWN;
  let column = (group.x - params.tiles[p]) * 4u * LINES;
  let place = placeIn(index);
  // Of the block that this invocation fetches.
  let line = 4u * (index / QUADS);
  let depth = index % QUADS;
  let stride = params.inputs / 4u;
  let rows = four(row + line, params.rows) * stride;
  let lines = params.weightAt[p] / 2u + four(column + line, params.outputs[p]) * stride;
  let whole = row + 4u * DOWN < params.rows;
  let first = group.z * params.stages * QUADS;
  let end = min(first + params.stages * QUADS, stride);
  var sums = Sums();
  var xs = xBlock(rows, first + depth);
  var ws = weightBlock(lines, first + depth);
  for (var quad = first; quad < end; quad += QUADS) {
    workgroupBarrier();
    putLeft(xs, index / QUADS, depth);
    putRight(transpose(unpacked(ws)), index / QUADS, depth);
    workgroupBarrier();
    xs = xBlock(rows, quad + QUADS + depth);
    ws = weightBlock(lines, quad + QUADS + depth);
    addStage(&sums, place, whole);
  }
  // The adapter is rank further terms.
  for (var r = 0u; LORA == 1u && group.z == 0u && r < params.rank[p]; r += DEPTH) {
    let us = uBlock(p, row + line, r + 4u * depth);
    let bs = bBlock(p, column + line, r + 4u * depth);
    workgroupBarrier();
    putLeft(us, index / QUADS, depth);
    putRight(transpose(bs), index / QUADS, depth);
    workgroupBarrier();
    addStage(&sums, place, whole);
  }
  let m = row + 4u * vec2u(place.y, DOWN + place.y);
  let n = column + 4u * place.x;
  storeStrip(sums.first, p, group.z, m, n);
  storeStrip(sums.second, p, group.z, m, n + 4u * ACROSS);
  if (STRIPS == 4u) {
    storeStrip(sums.third, p, group.z, m, n + 8u * ACROSS);
    storeStrip(sums.fourth, p, group.z, m, n + 12u * ACROSS);
  }
}
