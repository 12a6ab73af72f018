// Rotary positions (rotate-half), in place: with h = headDim / 2, for i < h
//   (x[i], x[i+h]) ← (x[i]·cos − x[i+h]·sin, x[i+h]·cos + x[i]·sin)
// x: [rows, heads, headDim]; table: [positions, headDim], h cosines then h sines; positions: [rows] u32.
// One invocation per pair. `direction` is 1 forward and −1 backward: the transpose is the negative angle.

#import lib/grid

struct Params { pairs: u32, heads: u32, half: u32, direction: f32 }

const WIDTH = 64u;

@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WIDTH)
fn rotate(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pair = groupIndex(group, groups) * WIDTH + lane;
  if (pair >= params.pairs) { return; }
  let i = pair % params.half;
  let vector = pair / params.half;
  let angle = positions[vector / params.heads] * params.half * 2u + i;
  let c = table[angle];
  let s = table[angle + params.half] * params.direction;
  let low = vector * params.half * 2u + i;
  let a = x[low];
  let b = x[low + params.half];
  x[low] = a * c - b * s;
  x[low + params.half] = b * c + a * s;
}
