// How far merging moved one matrix: W before, M = bf16(W + scale · B A) after, D = scale · B A computed once more.
//   sums    Σ W², Σ D², Σ (M − W)², number of elements where a factor, W or M is not finite
//   maxima  max |D|, max |M − W|, max |M − (W + D)| in units of M's last place (½ when rounded to nearest), 0
// weight, merged: [outputs, inputs] bf16; a: [rank, inputs]; b: [outputs, rank]; partials: [groups, 2]; results: [·, 2],
// of which `finish` writes row `index`. `measure`: every workgroup strides over the words; `finish`: one workgroup adds up.
// Elements that are not finite are left out of sums and maxima.

#import lib/bf16
#import lib/finite
#import lib/reduce4

struct Params { outputs: u32, inputs: u32, rank: u32, groups: u32, index: u32, scale: f32 }

// Factors as words: what is not finite must be seen before it becomes a float.
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@group(0) @binding(2) var<storage, read> weight: array<u32>;
@group(0) @binding(3) var<storage, read> merged: array<u32>;
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> results: array<vec4f>;
@group(0) @binding(6) var<uniform> params: Params;

struct Shift { sums: vec4f, most: vec4f }

// Half of M's last place is what rounding may take; below bf16's smallest normal number nothing is compared.
fn lastPlaces(exact: f32, rounded: f32) -> f32 {
  let exponent = bitcast<u32>(exact) & 0x7f800000u;
  let place = bitcast<f32>(max(exponent, 0x04000000u) - 0x03800000u);
  return select(abs(rounded - exact) / place, 0.0, exponent <= 0x04000000u);
}

fn shiftAt(i: u32, before: u32, after: u32) -> Shift {
  let n = i / params.inputs;
  let k = i % params.inputs;
  var broken = isBroken(before) || isBroken(after);
  var delta = 0.0;
  for (var r = 0u; r < params.rank; r++) {
    let low = b[n * params.rank + r];
    let high = a[r * params.inputs + k];
    broken = broken || isBroken(low) || isBroken(high);
    delta += bitcast<f32>(low) * bitcast<f32>(high);
  }
  if (broken) { return Shift(vec4f(0.0, 0.0, 0.0, 1.0), vec4f()); }
  let d = params.scale * delta;
  let w = bitcast<f32>(before);
  let m = bitcast<f32>(after);
  let moved = m - w;
  return Shift(vec4f(w * w, d * d, moved * moved, 0.0), vec4f(abs(d), abs(moved), lastPlaces(w + d, m), 0.0));
}

@compute @workgroup_size(WIDTH)
fn measure(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let count = params.outputs * params.inputs;
  var total = Shift(vec4f(), vec4f());
  for (var word = group.x * WIDTH + lane; 2u * word < count; word += params.groups * WIDTH) {
    let low = shiftAt(2u * word, weight[word] << 16u, merged[word] << 16u);
    total.sums += low.sums;
    total.most = max(total.most, low.most);
    if (2u * word + 1u < count) {
      let high = shiftAt(2u * word + 1u, weight[word] & 0xffff0000u, merged[word] & 0xffff0000u);
      total.sums += high.sums;
      total.most = max(total.most, high.most);
    }
  }
  let sums = groupSum4(total.sums, lane);
  let most = groupMax4(total.most, lane);
  if (lane == 0u) {
    partials[2u * group.x] = sums;
    partials[2u * group.x + 1u] = most;
  }
}

@compute @workgroup_size(WIDTH)
fn finish(@builtin(local_invocation_index) lane: u32) {
  var total = Shift(vec4f(), vec4f());
  for (var i = lane; i < params.groups; i += WIDTH) {
    total.sums += partials[2u * i];
    total.most = max(total.most, partials[2u * i + 1u]);
  }
  let sums = groupSum4(total.sums, lane);
  let most = groupMax4(total.most, lane);
  if (lane == 0u) {
    results[2u * params.index] = sums;
    results[2u * params.index + 1u] = most;
  }
}
