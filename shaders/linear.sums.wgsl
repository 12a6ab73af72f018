// Adds up what the workgroups of a split product made (lib/tiles, linear.matrices), in their order, for every part p of at most four:
//   forwardSums   y_p = residual + bias_p + Σ_z sums_z
//   backwardSums  dx  = dx·accumulate + Σ_z sums_z
// sums: [splits, rows, outputs of all parts] or [splits, rows, inputs]. Shapes of the others: lib/projection.

#import lib/projection

const WIDTH = 256u;

@compute @workgroup_size(WIDTH)
fn forwardSums(@builtin(global_invocation_id) id: vec3u) {
  let all = params.outputs.x + params.outputs.y + params.outputs.z + params.outputs.w;
  if (id.x >= all) { return; }
  let p = partOf(id.x, params.tiles);
  let n = id.x - params.tiles[p];
  let outputs = params.outputs[p];
  var sum = 0.0;
  for (var z = 0u; z < params.splits; z++) { sum += sums[(z * params.rows + id.y) * all + id.x]; }
  y[params.outAt[p] + id.y * params.pitch[p] + n] = sum + rest(params.biasAt[p], outputs, id.y, n);
}

@compute @workgroup_size(WIDTH)
fn backwardSums(@builtin(global_invocation_id) id: vec3u) {
  let stride = params.inputs / 4u;
  if (id.x >= stride) { return; }
  let at = id.y * stride + id.x;
  var sum = vec4f();
  if (params.accumulate != 0.0) { sum = dx[at]; }
  for (var z = 0u; z < params.splits; z++) { sum += sumsWide[z * params.rows * stride + at]; }
  dx[at] = sum;
}
