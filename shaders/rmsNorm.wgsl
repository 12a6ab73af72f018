// RMSNorm over rows:  y = w · x / sqrt(mean(x²) + eps)
// backward:           dx = add + inv · (w·dy − x · inv² · mean(w·dy·x)),  inv = 1 / sqrt(mean(x²) + eps)
// x, y, dy, dx, add: [rows, width] f32; weight: [width] bf16. One workgroup per row; `add` is the residual's gradient.
// The weight is frozen and has no gradient.

#import lib/bf16
#import lib/reduce

struct Params { rows: u32, width: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read> add: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

fn weightAt(i: u32) -> f32 {
  let word = weight[i / 2u];
  return select(bf16Low(word), bf16High(word), (i & 1u) == 1u);
}

fn inverseRms(base: u32, lane: u32) -> f32 {
  var squares = 0.0;
  for (var i = lane; i < params.width; i += WIDTH) { squares += x[base + i] * x[base + i]; }
  return inverseSqrt(groupSum(squares, lane) / f32(params.width) + params.eps);
}

@compute @workgroup_size(WIDTH)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let base = group.x * params.width;
  let inv = inverseRms(base, lane);
  for (var i = lane; i < params.width; i += WIDTH) { y[base + i] = weightAt(i) * (x[base + i] * inv); }
}

@compute @workgroup_size(WIDTH)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let base = group.x * params.width;
  let inv = inverseRms(base, lane);
  var dot = 0.0;
  for (var i = lane; i < params.width; i += WIDTH) { dot += weightAt(i) * dy[base + i] * x[base + i]; }
  let slope = groupSum(dot, lane) / f32(params.width) * inv * inv;
  for (var i = lane; i < params.width; i += WIDTH) {
    dx[base + i] = add[base + i] + inv * (weightAt(i) * dy[base + i] - x[base + i] * slope);
  }
}
