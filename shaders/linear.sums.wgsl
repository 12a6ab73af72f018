// Adds up what the workgroups of a split product made (lib/tiles, linear.matrices), in their order, for every part p of at most four:
//   forwardSums   y_p = residual + bias_p + Σ_z sums_z
//   backwardSums  dx  = dx·accumulate + Σ_z sums_z
// sums: [splits, rows, outputs of all parts] or [splits, rows, inputs]. Shapes of the others: lib/projection.

#import lib/projection
#import lib/wideRows

const WIDTH = 256u;

// Four values from `i` on.
fn sums4(i: u32) -> vec4f {
  if (WHOLE_VECTORS == 1u) { return sumsWide[i / 4u]; }
  let at = i + vec4u(0u, 1u, 2u, 3u);
  return vec4f(
    sumsWide[at.x / 4u][at.x % 4u], sumsWide[at.y / 4u][at.y % 4u],
    sumsWide[at.z / 4u][at.z % 4u], sumsWide[at.w / 4u][at.w % 4u],
  );
}

// Four outputs of a part: `tiles` are so many.
@compute @workgroup_size(WIDTH)
fn forwardSums(@builtin(global_invocation_id) id: vec3u) {
  let p = partOf(id.x, params.tiles);
  let n = 4u * (id.x - params.tiles[p]);
  if (n >= params.outputs[p]) { return; }
  var all = 0u;
  var at = n;
  for (var q = 0u; q < params.parts; q++) {
    if (q < p) { at += params.outputs[q]; }
    all += params.outputs[q];
  }
  var sum = vec4f();
  for (var z = 0u; z < params.splits; z++) { sum += sums4((z * params.rows + id.y) * all + at); }
  storeY(p, 0u, id.y, n, sum);
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
