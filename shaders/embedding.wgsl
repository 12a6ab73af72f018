// Rows of one band of the embedding table:  x[r] = table[ids[r] - first]  where that is in the band; other rows stay.
// ids: [≥ rows] u32; table: [count, width] bf16; x: [rows, width] f32. One workgroup per row.

#import lib/bf16
#import lib/grid

struct Params { rows: u32, width: u32, first: u32, count: u32 }

const WIDTH = 64u;

@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WIDTH)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = groupIndex(group, groups);
  if (r >= params.rows) { return; }
  // An id below `first` wraps around to a large number.
  let row = ids[r] - params.first;
  if (row >= params.count) { return; }
  let first = row * params.width;
  for (var i = lane; i < params.width; i += WIDTH) {
    // An odd width lets rows begin in the middle of a word.
    let word = table[(first + i) / 2u];
    x[r * params.width + i] = select(bf16Low(word), bf16High(word), ((first + i) & 1u) == 1u);
  }
}
