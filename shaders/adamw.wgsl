// AdamW with decoupled weight decay, in place; the gradient is scaled by the clip factor.
//   g = clip · gradient;  m = β₁·m + (1−β₁)·g;  v = β₂·v + (1−β₂)·g²
//   w = (1 − rate·decay)·w − rate/(1−β₁ᵗ) · m / (sqrt(v)/sqrt(1−β₂ᵗ) + ε)
// parameters, gradients, first (m), second (v): [count]; state: gradNorm's (norm, clip, not finite, refused).
// Each invocation updates 4 values, 256 apart. From the first refused step on nothing is changed.

#import lib/grid

struct Params {
  count: u32, keep: f32, rate: f32, rootCorrection: f32, epsilon: f32,
  beta1: f32, rest1: f32, beta2: f32, rest2: f32,
}

const WIDTH = 256u;
const EACH = 4u;

@group(0) @binding(0) var<storage, read> gradients: array<f32>;
@group(0) @binding(1) var<storage, read> state: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(3) var<storage, read_write> first: array<f32>;
@group(0) @binding(4) var<storage, read_write> second: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

fn update(i: u32, clip: f32) {
  let g = gradients[i] * clip;
  let m = params.beta1 * first[i] + params.rest1 * g;
  let v = params.beta2 * second[i] + params.rest2 * g * g;
  first[i] = m;
  second[i] = v;
  parameters[i] = params.keep * parameters[i] - params.rate * m / (sqrt(v) / params.rootCorrection + params.epsilon);
}

@compute @workgroup_size(WIDTH)
fn step(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (state[3] != 0.0) { return; }
  let base = groupIndex(group, groups) * WIDTH * EACH + lane;
  for (var n = 0u; n < EACH; n++) {
    let i = base + n * WIDTH;
    if (i < params.count) { update(i, state[1]); }
  }
}
