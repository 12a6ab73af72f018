// RMSNorm of the heads of queries and of keys (Qwen3), each with a weight of its own, in one dispatch; formulas as in rmsNorm.
// q, k: [queryRows, width], [keyRows, width] f32, a row for each head of a token; qWeight, kWeight: [width] bf16.
// qNormed, kNormed: as q and k. dq, dk: the gradients of those, which become the gradients of q and k in place.
// Workgroups of queries come first: all invocations of one have rows of the same kind.

#import lib/grid
#import lib/rmsNorm

struct Params { queryRows: u32, keyRows: u32, width: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> qWeight: array<u32>;
@group(0) @binding(3) var<storage, read> kWeight: array<u32>;
@group(0) @binding(4) var<storage, read_write> qNormed: array<f32>;
@group(0) @binding(5) var<storage, read_write> kNormed: array<f32>;
@group(0) @binding(4) var<storage, read_write> dq: array<f32>;
@group(0) @binding(5) var<storage, read_write> dk: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

// Every lane has read what the row's sum needs of d before one of them overwrites its own places.
fn normBackward(
  x: ptr<storage, array<f32>, read>,
  weight: ptr<storage, array<u32>, read>,
  d: ptr<storage, array<f32>, read_write>,
  rows: u32,
  group: u32,
  index: u32,
) {
  let base = rowOf(group, index, rows) * params.width;
  let inv = inverseRms(x, base, params.width, params.eps, index);
  var dot = 0.0;
  for (var i = index % LANES; i < params.width; i += LANES) { dot += weightAt(weight, i) * d[base + i] * x[base + i]; }
  let slope = rowSum(dot, index) / f32(params.width) * inv * inv;
  if (!live(group, index, rows)) { return; }
  for (var i = index % LANES; i < params.width; i += LANES) {
    d[base + i] = inv * (weightAt(weight, i) * d[base + i] - x[base + i] * slope);
  }
}

fn queryGroups() -> u32 { return (params.queryRows * LANES + WIDTH - 1u) / WIDTH; }

@compute @workgroup_size(WIDTH)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let at = groupIndex(group, groups);
  if (at < queryGroups()) { norm(&q, &qWeight, &qNormed, params.queryRows, params.width, params.eps, at, index); }
  else { norm(&k, &kWeight, &kNormed, params.keyRows, params.width, params.eps, at - queryGroups(), index); }
}

@compute @workgroup_size(WIDTH)
fn backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let at = groupIndex(group, groups);
  if (at < queryGroups()) { normBackward(&q, &qWeight, &dq, params.queryRows, at, index); }
  else { normBackward(&k, &kWeight, &dk, params.keyRows, at - queryGroups(), index); }
}
