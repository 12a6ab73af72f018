// Variant of `lora` for products by units for matrices (linear.matrices): the last line of the grid cuts rows of x (dy) into halves
// (lib/halves), ITEMS to a workgroup.

requires unrestricted_pointer_parameters;

#import lib/lowRank
#import lib/halving

override WIDTH = SPLIT * ITEMS;

@compute @workgroup_size(SPLIT, ITEMS)
fn project(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  if (group.y + 1u < groups.y) {
    projectRows(group, local);
    return;
  }
  for (var i = 0u; i < ITEMS; i++) { halveRowOfX(group.x * ITEMS + i, local.y * SPLIT + local.x); }
}

@compute @workgroup_size(SPLIT, ITEMS)
fn backproject(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  if (group.y + 1u < groups.y) {
    backprojectRows(group, local);
    return;
  }
  for (var i = 0u; i < ITEMS; i++) { halveRowOfDy(group.x * ITEMS + i, local.y * SPLIT + local.x); }
}
