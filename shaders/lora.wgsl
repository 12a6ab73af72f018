// The thin matrices of low-rank adapters on one input (rank r, scale = alpha / r), for every part of at most four:
//   project      u  = dropout(x) Aᵀ                  [rows, rank]
//   backproject  t  = scale · dy B                   [rows, rank]
//   gradients    dA = dA·accumulate + tᵀ dropout(x)  [rank, inputs]
//                dB = dB·accumulate + scale · dyᵀ u  [outputs, rank]
//   merge        W' = bf16(W + scale · B A)          [outputs, inputs] bf16, rounded once, of one part
// Tensors of the parts lie in one buffer each, `…At` words from its start; a tile of the grid belongs to one part.

requires unrestricted_pointer_parameters;

#import lib/lowRank

@compute @workgroup_size(SPLIT, ITEMS)
fn project(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) { projectRows(group, local); }

@compute @workgroup_size(SPLIT, ITEMS)
fn backproject(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) { backprojectRows(group, local); }

fn put4(to: ptr<storage, array<f32>, read_write>, index: vec4u, valid: vec4<bool>, values: vec4f) {
  for (var j = 0u; j < 4u; j++) {
    if (!valid[j]) { continue; }
    var value = values[j];
    if (params.accumulate != 0.0) { value += to[index[j]]; }
    to[index[j]] = value;
  }
}

fn t4(first: u32, rank: u32, m: u32, r: u32) -> vec4f {
  let at = first + m * rank + min(vec4u(r, r + 1u, r + 2u, r + 3u), vec4u(rank - 1u));
  return vec4f(t[at.x], t[at.y], t[at.z], t[at.w]);
}

fn u4(first: u32, rank: u32, m: u32, r: u32) -> vec4f {
  let at = first + m * rank + min(vec4u(r, r + 1u, r + 2u, r + 3u), vec4u(rank - 1u));
  return vec4f(u[at.x], u[at.y], u[at.z], u[at.w]);
}

fn storeA(p: u32, quad: u32, r: u32, values: vec4f) {
  if (r >= params.rank[p]) { return; }
  let column = 4u * quad + vec4u(0u, 1u, 2u, 3u);
  put4(&out, params.outAt[p] + r * params.inputs + column, column < vec4u(params.inputs), values);
}

fn storeB(p: u32, column: vec4u, r: u32, values: vec4f) {
  if (r >= params.rank[p]) { return; }
  let at = params.outBAt[p] + column * params.rank[p] + r;
  put4(&outB, at, column < vec4u(params.outputs[p]), params.scale[p] * values);
}

fn share(local: vec3u, g0: vec4f, g1: vec4f, g2: vec4f, g3: vec4f) {
  let slot = local.y * ITEMS + local.x;
  shares[slot][0] = g0; shares[slot][1] = g1; shares[slot][2] = g2; shares[slot][3] = g3;
  workgroupBarrier();
}

// Rank `i` of four sums that this invocation has a share of, added up over the SPLIT shares.
fn whole(local: vec3u, i: u32) -> vec4f {
  var sum = vec4f();
  for (var s = 0u; s < SPLIT; s++) { sum += shares[s * ITEMS + local.x][i]; }
  return sum;
}

fn gradientA(p: u32, group: u32, r: u32, local: vec3u) {
  let quad = group * ITEMS + local.x;
  var g0 = vec4f(); var g1 = vec4f(); var g2 = vec4f(); var g3 = vec4f();
  if (4u * quad < params.inputs) {
    let first = params.tAt[p];
    let rank = params.rank[p];
    let seed = params.seed[p];
    for (var m = local.y; m < params.rows; m += SPLIT) {
      let v = dropped4(m, quad, seed);
      let s = t4(first, rank, m, r);
      g0 += s.x * v; g1 += s.y * v; g2 += s.z * v; g3 += s.w * v;
    }
  }
  if (SPLIT == 1u) {
    storeA(p, quad, r, g0); storeA(p, quad, r + 1u, g1); storeA(p, quad, r + 2u, g2); storeA(p, quad, r + 3u, g3);
    return;
  }
  share(local, g0, g1, g2, g3);
  if (local.y < 4u) { storeA(p, quad, r + local.y, whole(local, local.y)); }
}

fn gradientB(p: u32, group: u32, r: u32, local: vec3u) {
  let n = (group * ITEMS + local.x) * 4u;
  let column = n + vec4u(0u, 1u, 2u, 3u);
  let outputs = params.outputs[p];
  var g0 = vec4f(); var g1 = vec4f(); var g2 = vec4f(); var g3 = vec4f();
  if (n < outputs) {
    let start = params.dyAt[p];
    let first = params.uAt[p];
    let rank = params.rank[p];
    for (var m = local.y; m < params.rows; m += SPLIT) {
      let v = wide4(&dyWide, start + m * outputs, outputs, n / 4u);
      let s = u4(first, rank, m, r);
      g0 += s.x * v; g1 += s.y * v; g2 += s.z * v; g3 += s.w * v;
    }
  }
  if (SPLIT == 1u) {
    storeB(p, column, r, g0); storeB(p, column, r + 1u, g1); storeB(p, column, r + 2u, g2); storeB(p, column, r + 3u, g3);
    return;
  }
  share(local, g0, g1, g2, g3);
  if (local.y < 4u) { storeB(p, column, r + local.y, whole(local, local.y)); }
}

// local.x: which four columns, local.y: which share of the rows; four ranks per workgroup. In each part, A comes first.
@compute @workgroup_size(ITEMS, SPLIT)
fn gradients(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let p = partOf(group.x, params.tiles);
  let tile = group.x - params.tiles[p];
  let ofA = (params.inputs + 4u * ITEMS - 1u) / (4u * ITEMS);
  if (tile < ofA) {
    gradientA(p, tile, group.y * 4u, local);
  } else {
    gradientB(p, tile - ofA, group.y * 4u, local);
  }
}

fn mergedAt(i: u32, word: u32) -> u32 {
  let n = i / params.inputs;
  let k = i % params.inputs;
  if (n >= params.outputs.x) { return 0u; }
  var delta = 0.0;
  for (var r = 0u; r < params.rank.x; r++) { delta += b[n * params.rank.x + r] * a[r * params.inputs + k]; }
  return toBf16(select(bf16Low(word), bf16High(word), (i & 1u) == 1u) + params.scale.x * delta);
}

// One invocation per word: two neighbouring weights belong to one u32.
@compute @workgroup_size(64)
fn merge(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = groupIndex(group, groups) * 64u + lane;
  if (2u * i >= params.outputs.x * params.inputs) { return; }
  let word = weight[i];
  merged[i] = mergedAt(2u * i, word) | (mergedAt(2u * i + 1u, word) << 16u);
}
