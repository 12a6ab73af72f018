// Four sums at once over a workgroup of WIDTH invocations (a power of two); every invocation gets the result.
// Fixed order, so the same input gives the same bits. Call from uniform control flow.

override WIDTH: u32 = 256u;
var<workgroup> lanes4: array<vec4f, WIDTH>;

fn groupSum4(value: vec4f, lane: u32) -> vec4f {
  lanes4[lane] = value;
  workgroupBarrier();
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    if (lane < half) { lanes4[lane] += lanes4[lane + half]; }
    workgroupBarrier();
  }
  let total = lanes4[0];
  workgroupBarrier();
  return total;
}

// Four maxima at once, the same way.
fn groupMax4(value: vec4f, lane: u32) -> vec4f {
  lanes4[lane] = value;
  workgroupBarrier();
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    if (lane < half) { lanes4[lane] = max(lanes4[lane], lanes4[lane + half]); }
    workgroupBarrier();
  }
  let most = lanes4[0];
  workgroupBarrier();
  return most;
}
