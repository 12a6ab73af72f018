// Rotary positions (rotate-half) of queries and keys, in place: with h = headDim / 2, for i < h
//   (x[i], x[i+h]) ← (x[i]·cos − x[i+h]·sin, x[i+h]·cos + x[i]·sin)
// q: [queries, heads, headDim], k: [keys, kvHeads, headDim]; table: [positions, headDim], h cosines then h sines;
// positions: u32, one per query and one per key. One invocation per pair, those of the queries first.
// `direction` is 1 forward and −1 backward: the transpose is the negative angle.

#import lib/grid

struct Params { queryPairs: u32, keyPairs: u32, heads: u32, kvHeads: u32, half: u32, direction: f32 }

const WIDTH = 64u;

@group(0) @binding(0) var<storage, read_write> q: array<f32>;
@group(0) @binding(1) var<storage, read_write> k: array<f32>;
@group(0) @binding(2) var<storage, read> table: array<f32>;
@group(0) @binding(3) var<storage, read> queryPositions: array<u32>;
@group(0) @binding(4) var<storage, read> keyPositions: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

fn turn(x: ptr<storage, array<f32>, read_write>, pair: u32, position: u32) {
  let i = pair % params.half;
  let angle = position * params.half * 2u + i;
  let c = table[angle];
  let s = table[angle + params.half] * params.direction;
  let low = pair / params.half * params.half * 2u + i;
  let a = x[low];
  let b = x[low + params.half];
  x[low] = a * c - b * s;
  x[low + params.half] = b * c + a * s;
}

@compute @workgroup_size(WIDTH)
fn rotate(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pair = groupIndex(group, groups) * WIDTH + lane;
  if (pair < params.queryPairs) {
    turn(&q, pair, queryPositions[pair / params.half / params.heads]);
  } else if (pair < params.queryPairs + params.keyPairs) {
    let own = pair - params.queryPairs;
    turn(&k, own, keyPositions[own / params.half / params.kvHeads]);
  }
}
