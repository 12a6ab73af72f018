// Rows picked and put back:  gather: to[r] = source[index[r]];  scatter: to[index[r]] = source[r];  scatterAdd: to[index[r]] += source[r]
// source, to: rows of `width` f32; index: [≥ rows] u32, unique when scattering. One workgroup per row.

#import lib/grid

struct Params { rows: u32, width: u32 }

const WIDTH = 64u;

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> destination: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

fn copyRow(sourceRow: u32, destinationRow: u32, lane: u32) {
  for (var i = lane; i < params.width; i += WIDTH) {
    destination[destinationRow * params.width + i] = source[sourceRow * params.width + i];
  }
}

@compute @workgroup_size(WIDTH)
fn gather(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = groupIndex(group, groups);
  if (r < params.rows) { copyRow(index[r], r, lane); }
}

@compute @workgroup_size(WIDTH)
fn scatter(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = groupIndex(group, groups);
  if (r < params.rows) { copyRow(r, index[r], lane); }
}

@compute @workgroup_size(WIDTH)
fn scatterAdd(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = groupIndex(group, groups);
  if (r >= params.rows) { return; }
  for (var i = lane; i < params.width; i += WIDTH) {
    destination[index[r] * params.width + i] += source[r * params.width + i];
  }
}
