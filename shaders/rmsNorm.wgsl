// RMSNorm over rows:  y = w · x / sqrt(mean(x²) + eps)
// backward:           dx = add + inv · (w·dy − x · inv² · mean(w·dy·x)),  inv = 1 / sqrt(mean(x²) + eps)
// x, y, dy, dx, add: [rows, width] f32; weight: [width] bf16. LANES invocations per row; `add` is the residual's gradient, if there is one.
// `backwardAgain` gives y as well, for what backward needs of it. The weight is frozen and has no gradient.

#import lib/grid
#import lib/rmsNorm

struct Params { rows: u32, width: u32, eps: f32 }

override ADD = 1u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read> add: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> again: array<f32>;

@compute @workgroup_size(WIDTH)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  norm(&x, &weight, &y, params.rows, params.width, params.eps, groupIndex(group, groups), index);
}

// mean(w·dy·x) · inv²
fn slopeOf(base: u32, inv: f32, index: u32) -> f32 {
  var dot = 0.0;
  for (var i = index % LANES; i < params.width; i += LANES) { dot += weightAt(&weight, i) * dy[base + i] * x[base + i]; }
  return rowSum(dot, index) / f32(params.width) * inv * inv;
}

fn dxAt(at: u32, weight: f32, inv: f32, slope: f32) {
  var sum = inv * (weight * dy[at] - x[at] * slope);
  if (ADD == 1u) { sum += add[at]; }
  dx[at] = sum;
}

@compute @workgroup_size(WIDTH)
fn backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let at = groupIndex(group, groups);
  let base = rowOf(at, index, params.rows) * params.width;
  let inv = inverseRms(&x, base, params.width, params.eps, index);
  let slope = slopeOf(base, inv, index);
  if (!live(at, index, params.rows)) { return; }
  for (var i = index % LANES; i < params.width; i += LANES) { dxAt(base + i, weightAt(&weight, i), inv, slope); }
}

@compute @workgroup_size(WIDTH)
fn backwardAgain(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let at = groupIndex(group, groups);
  let base = rowOf(at, index, params.rows) * params.width;
  let inv = inverseRms(&x, base, params.width, params.eps, index);
  let slope = slopeOf(base, inv, index);
  if (!live(at, index, params.rows)) { return; }
  for (var i = index % LANES; i < params.width; i += LANES) {
    again[base + i] = weightAt(&weight, i) * (x[base + i] * inv);
    dxAt(base + i, weightAt(&weight, i), inv, slope);
  }
}
