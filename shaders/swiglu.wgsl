// SwiGLU:    h = silu(gate) · up,  silu(g) = g · σ(g)
// backward:  dGate = dh · up · σ(g) · (1 + g · (1 − σ(g))),  dUp = dh · silu(g)
// `backwardAgain` gives h as well, for what backward needs of it. All [count] f32. Each invocation handles 4 values, 64 apart.

#import lib/grid

struct Params { count: u32 }

const WIDTH = 64u;
const EACH = 4u;

@group(0) @binding(0) var<storage, read> gate: array<f32>;
@group(0) @binding(1) var<storage, read> up: array<f32>;
@group(0) @binding(2) var<storage, read_write> h: array<f32>;
@group(0) @binding(2) var<storage, read> dh: array<f32>;
@group(0) @binding(3) var<storage, read_write> dGate: array<f32>;
@group(0) @binding(4) var<storage, read_write> dUp: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> again: array<f32>;

// Beyond ±80 the sigmoid is 0 or 1 in f32 and exp would overflow.
fn sigmoid(g: f32) -> f32 { return 1.0 / (1.0 + exp(clamp(-g, -80.0, 80.0))); }

fn firstValue(group: vec3u, groups: vec3u, lane: u32) -> u32 { return groupIndex(group, groups) * WIDTH * EACH + lane; }

@compute @workgroup_size(WIDTH)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let base = firstValue(group, groups, lane);
  for (var n = 0u; n < EACH; n++) {
    let i = base + n * WIDTH;
    if (i < params.count) { h[i] = gate[i] * sigmoid(gate[i]) * up[i]; }
  }
}

fn backwardAt(i: u32) {
  let g = gate[i];
  let s = sigmoid(g);
  dGate[i] = dh[i] * up[i] * s * (1.0 + g * (1.0 - s));
  dUp[i] = dh[i] * g * s;
}

@compute @workgroup_size(WIDTH)
fn backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let base = firstValue(group, groups, lane);
  for (var n = 0u; n < EACH; n++) {
    let i = base + n * WIDTH;
    if (i < params.count) { backwardAt(i); }
  }
}

@compute @workgroup_size(WIDTH)
fn backwardAgain(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let base = firstValue(group, groups, lane);
  for (var n = 0u; n < EACH; n++) {
    let i = base + n * WIDTH;
    if (i >= params.count) { continue; }
    again[i] = gate[i] * sigmoid(gate[i]) * up[i];
    backwardAt(i);
  }
}
