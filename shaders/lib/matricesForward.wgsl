// y of a tile (lib/matrices).

#import lib/matrices
#import lib/wideRows

@group(0) @binding(3) var<storage, read> uWide: array<vec4f>;
@group(0) @binding(4) var<storage, read> bWide: array<vec4f>;

// 1 where the inputs are a multiple of 32: no stage reaches past the end of a row then.
override WHOLE_STAGES = 0u;

// Of four outputs, of which an invocation fetches a vector each: the ones past the last are read again and not stored.
fn outputsAt(p: u32, column: u32, index: u32) -> vec4u {
  let lines = column + index / STAGE + THREADS / STAGE * vec4u(0u, 1u, 2u, 3u);
  return params.weightAt[p] / 4u + min(lines, vec4u(params.outputs[p] - 1u)) * (params.inputs / 8u);
}

fn fetchOutputs(lines: vec4u, at: u32) -> Fetched {
  if (WHOLE_STAGES == 0u && at >= params.inputs / 8u) { return Fetched(); }
  return fetchRight(lines + at);
}

fn putOutputs(v: Fetched, index: u32) {
  let at = index / STAGE * LINE + index % STAGE;
  blocks[RIGHT][at] = weights(v.a);
  blocks[RIGHT + 1u][at] = weights(v.b);
  blocks[RIGHT + 2u][at] = weights(v.c);
  blocks[RIGHT + 3u][at] = weights(v.d);
}

// Sixteen outputs of a block.
fn outputsOf(block: u32, nth: u32, half: u32) -> Right {
  return rightOfColumns(block, 16u * nth * LINE + 2u * half);
}

// scale · u Bᵀ
fn adaptedY(p: u32, m: u32, n: u32) -> Pair {
  let rank = params.rank[p];
  let row = params.lowAt[p] + min(m + vec2u(0u, 8u), vec2u(params.rows - 1u)) * rank;
  let at = params.factorAt[p] + four(n, params.outputs[p]) * rank;
  var sum = Pair();
  for (var r = 0u; r < rank; r += 4u) {
    let bs = mat4x4f(ranks4(&bWide, at.x, r, rank), ranks4(&bWide, at.y, r, rank), ranks4(&bWide, at.z, r, rank), ranks4(&bWide, at.w, r, rank));
    sum.upper += ranks4(&uWide, row.x, r, rank) * bs;
    sum.lower += ranks4(&uWide, row.y, r, rank) * bs;
  }
  return Pair(params.scale[p] * sum.upper, params.scale[p] * sum.lower);
}

// Sixteen rows of a subgroup, by one invocation a quad of columns.
fn storeSums(subgroup: u32, lane: u32, p: u32, z: u32, row: u32, column: u32) {
  let quad = lane % 16u;
  let n = column + 4u * quad;
  for (var next = lane / 16u; next < 8u; next += 2u) {
    let m = row + next;
    var values = Pair(scales[m] * takenSums(subgroup, next, quad), scales[m + 8u] * takenSums(subgroup, next + 8u, quad));
    if (LORA == 1u && z == 0u) {
      let adapted = adaptedY(p, m, n);
      values.upper += adapted.upper;
      values.lower += adapted.lower;
    }
    storeY(p, z, m, n, values.upper);
    storeY(p, z, m + 8u, n, values.lower);
  }
}

@compute @workgroup_size(THREADS)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let p = partOf(group.y, params.tiles);
  let row = group.x * ROWS;
  let column = (group.y - params.tiles[p]) * COLUMNS;
  let stages = stagesOf(params.inputs);
  let first = group.z * params.stages;
  let end = min(first + params.stages, stages);
  let place = vec2u(subgroup / 2u, subgroup % 2u); // which rows and columns of the workgroup's are the subgroup's
  let block = RIGHT + 2u * place.y;
  let rows = leftAt(row, STAGE * stages, index);
  let lines = outputsAt(p, column, index);
  // Of the subgroup's first sixteen rows and its last, sixteen columns each.
  var up0 = Sums(); var up1 = Sums(); var up2 = Sums(); var up3 = Sums();
  var down0 = Sums(); var down1 = Sums(); var down2 = Sums(); var down3 = Sums();
  var xs = fetchLeft(rows + first * STAGE);
  var ws = fetchOutputs(lines, first * STAGE + index % STAGE);
  for (var stage = first; stage < end; stage++) {
    workgroupBarrier();
    putLeft(xs, index);
    putOutputs(ws, index);
    workgroupBarrier();
    xs = fetchLeft(rows + (stage + 1u) * STAGE);
    ws = fetchOutputs(lines, (stage + 1u) * STAGE + index % STAGE);
    // A loop: written out, it is a fifth slower.
    for (var half = 0u; half < 2u; half++) {
      let high = rowsOf(place.x, 0u, half);
      let low = rowsOf(LOW + place.x, 0u, half);
      let nextHigh = rowsOf(place.x, 1u, half);
      let nextLow = rowsOf(LOW + place.x, 1u, half);
      let columns0 = outputsOf(block, 0u, half);
      let columns1 = outputsOf(block, 1u, half);
      let columns2 = outputsOf(block + 1u, 0u, half);
      let columns3 = outputsOf(block + 1u, 1u, half);
      up0 = add(up0, high, low, columns0);
      up1 = add(up1, high, low, columns1);
      up2 = add(up2, high, low, columns2);
      up3 = add(up3, high, low, columns3);
      down0 = add(down0, nextHigh, nextLow, columns0);
      down1 = add(down1, nextHigh, nextLow, columns1);
      down2 = add(down2, nextHigh, nextLow, columns2);
      down3 = add(down3, nextHigh, nextLow, columns3);
    }
  }
  let m = row + 32u * place.x;
  let n = column + 64u * place.y;
  putSums(subgroup, up0, up1, up2, up3);
  storeSums(subgroup, lane, p, group.z, m, n);
  putSums(subgroup, down0, down1, down2, down3);
  storeSums(subgroup, lane, p, group.z, m + 16u, n);
}
