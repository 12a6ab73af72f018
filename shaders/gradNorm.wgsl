// Norm of all gradients, the factor that clips them, and a count of values that are not finite.
//   norm = sqrt(Σ g²),  clip = min(1, maxNorm / (norm + 1e-6)), or 1 when maxNorm ≤ 0
// gradients: [count]; partials: [groups] of (Σ g², count of not finite); totals: loss totals of the step, the fourth
// of them its valid tokens, which must be `labels`; what comes after is not looked at.
// state: (norm, clip, not finite among gradients and totals, 1 from the first step on that was not finite or had other tokens
// than its labels, else 0).
// `measure`: every workgroup strides over the gradients; `finish`: one workgroup adds the partial results. Values that are
// not finite are left out of the norm.

#import lib/finite
#import lib/reduce4

struct Params { count: u32, groups: u32, maxNorm: f32, labels: f32 }

// As words: what is not finite must be seen before it becomes a float.
@group(0) @binding(0) var<storage, read> gradients: array<u32>;
@group(0) @binding(1) var<storage, read_write> partials: array<vec2f>;
@group(0) @binding(2) var<storage, read> totals: array<u32>;
@group(0) @binding(3) var<storage, read_write> state: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WIDTH)
fn measure(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sum = vec2f(0.0);
  for (var i = group.x * WIDTH + lane; i < params.count; i += params.groups * WIDTH) {
    let bits = gradients[i];
    let broken = isBroken(bits);
    let value = bitcast<f32>(select(bits, 0u, broken));
    sum += vec2f(value * value, select(0.0, 1.0, broken));
  }
  let total = groupSum4(vec4f(sum, 0.0, 0.0), lane);
  if (lane == 0u) { partials[group.x] = total.xy; }
}

@compute @workgroup_size(WIDTH)
fn finish(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2f(0.0);
  for (var i = lane; i < params.groups; i += WIDTH) { sum += partials[i]; }
  if (lane < 4u) { sum.y += select(0.0, 1.0, isBroken(totals[lane])); }
  let total = groupSum4(vec4f(sum, 0.0, 0.0), lane);
  if (lane != 0u) { return; }
  // Finite gradients above 1e19 can overflow the sum of squares: that is not a norm to step with either.
  let overflow = isBroken(bitcast<u32>(total.x));
  let norm = sqrt(select(total.x, 0.0, overflow));
  let clip = min(1.0, params.maxNorm / (norm + 1e-6));
  state[0] = norm;
  state[1] = select(1.0, clip, params.maxNorm > 0.0);
  let broken = total.y + select(0.0, 1.0, overflow);
  state[2] = broken;
  // The host may have submitted the next step before it hears of this one.
  if (broken != 0.0 || bitcast<f32>(totals[3]) != params.labels) { state[3] = 1.0; }
}
