// dx of a tile (lib/matrices).

#import lib/matrices

@group(0) @binding(2) var<storage, read> tWide: array<vec4f>;

// Of four outputs n.., eight inputs of each: past the last output dy is zero.
fn inputsAt(p: u32, n: u32, column: u32, index: u32) -> vec4u {
  let stride = params.inputs / 8u;
  let lines = n + index / 16u + vec4u(0u, 8u, 16u, 24u);
  let eight = min(column / 8u + index % 16u, stride - 1u);
  return params.weightAt[p] / 4u + min(lines, vec4u(params.outputs[p] - 1u)) * stride + eight;
}

fn putInputs(v: Fetched, index: u32) {
  let block = RIGHT + index % 16u / 4u;
  let at = index / 16u * LINE + index % 4u;
  blocks[block][at] = weights(v.a);
  blocks[block][at + 8u * LINE] = weights(v.b);
  blocks[block][at + 16u * LINE] = weights(v.c);
  blocks[block][at + 24u * LINE] = weights(v.d);
}

// Sixteen inputs of a block.
fn inputsOf(block: u32, nth: u32, half: u32) -> Right {
  return rightOf(block, 16u * half * LINE + 2u * nth);
}

// dropout_p(t A)
fn adaptedDx(p: u32, m: u32, quad: u32) -> Pair {
  let stride = params.inputs / 4u;
  let rank = params.rank[p];
  let row = params.lowAt[p] + min(m + vec2u(0u, 8u), vec2u(params.rows - 1u)) * rank;
  let factor = params.factorAt[p] / 4u + min(quad, stride - 1u);
  var sum = Pair();
  for (var r = 0u; r < rank; r += 4u) {
    let at = factor + four(r, rank) * stride;
    let as4 = mat4x4f(a[at.x], a[at.y], a[at.z], a[at.w]);
    sum.upper += as4 * ranks4(&tWide, row.x, r, rank);
    sum.lower += as4 * ranks4(&tWide, row.y, r, rank);
  }
  return Pair(sum.upper * mask(m, quad, params.seed[p]), sum.lower * mask(m + 8u, quad, params.seed[p]));
}

fn storeDx(z: u32, m: u32, quad: u32, values: vec4f) {
  let stride = params.inputs / 4u;
  if (m >= params.rows || quad >= stride) { return; }
  let at = (z * params.rows + m) * stride + quad;
  if (params.accumulate != 0.0) { dx[at] += values; } else { dx[at] = values; }
}

// Sixteen rows of a subgroup, by one invocation a quad of inputs.
fn storeDxSums(subgroup: u32, lane: u32, z: u32, row: u32, column: u32) {
  let quad = lane % 16u;
  for (var next = lane / 16u; next < 8u; next += 2u) {
    let m = row + next;
    var values = Pair(scales[m] * takenSums(subgroup, next, quad), scales[m + 8u] * takenSums(subgroup, next + 8u, quad));
    for (var p = 0u; LORA == 1u && z == 0u && p < params.parts; p++) {
      let adapted = adaptedDx(p, m, column / 4u + quad);
      values.upper += adapted.upper;
      values.lower += adapted.lower;
    }
    storeDx(z, m, column / 4u + quad, values.upper);
    storeDx(z, m + 8u, column / 4u + quad, values.lower);
  }
}

@compute @workgroup_size(THREADS)
fn backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let row = group.x * ROWS;
  let column = group.y * COLUMNS;
  let begin = group.z * params.stages;
  let end = begin + params.stages;
  let place = vec2u(subgroup / 2u, subgroup % 2u); // which rows and columns of the workgroup's are the subgroup's
  let block = RIGHT + 2u * place.y;
  let rows = leftAt(row, STAGE * backwardStages(), index);
  // Of the subgroup's first sixteen rows and its last, sixteen columns each.
  var up0 = Sums(); var up1 = Sums(); var up2 = Sums(); var up3 = Sums();
  var down0 = Sums(); var down1 = Sums(); var down2 = Sums(); var down3 = Sums();
  var before = 0u; // stages of the parts before
  for (var p = 0u; p < params.parts; p++) {
    let stages = stagesOf(params.outputs[p]);
    let first = clamp(begin, before, before + stages);
    let last = clamp(end, before, before + stages);
    var ds = fetchLeft(rows + first * STAGE);
    var ws = fetchRight(inputsAt(p, 32u * (first - before), column, index));
    for (var stage = first; stage < last; stage++) {
      workgroupBarrier();
      putLeft(ds, index);
      putInputs(ws, index);
      workgroupBarrier();
      ds = fetchLeft(rows + (stage + 1u) * STAGE);
      ws = fetchRight(inputsAt(p, 32u * (stage + 1u - before), column, index));
      // A loop: written out, it is a fifth slower.
      for (var half = 0u; half < 2u; half++) {
        let high = rowsOf(place.x, 0u, half);
        let low = rowsOf(LOW + place.x, 0u, half);
        let nextHigh = rowsOf(place.x, 1u, half);
        let nextLow = rowsOf(LOW + place.x, 1u, half);
        let columns0 = inputsOf(block, 0u, half);
        let columns1 = inputsOf(block, 1u, half);
        let columns2 = inputsOf(block + 1u, 0u, half);
        let columns3 = inputsOf(block + 1u, 1u, half);
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
    before += stages;
  }
  let m = row + 32u * place.x;
  let n = column + 64u * place.y;
  putSums(subgroup, up0, up1, up2, up3);
  storeDxSums(subgroup, lane, group.z, m, n);
  putSums(subgroup, down0, down1, down2, down3);
  storeDxSums(subgroup, lane, group.z, m + 16u, n);
}
