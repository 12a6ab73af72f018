// Sums over the LANES invocations that share one row of a workgroup of 64; every one of them gets the result.
// 64 lanes suit a GPU. On a CPU adapter a barrier costs more than the row: there one invocation does it alone.
// Fixed order, so the same input gives the same bits. Call from uniform control flow.

override LANES = 64u;
const WIDTH = 64u;

var<workgroup> lanes: array<f32, WIDTH>;

fn rowSum(value: f32, index: u32) -> f32 {
  if (LANES == 1u) { return value; }
  lanes[index] = value;
  workgroupBarrier();
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    if (index < half) { lanes[index] += lanes[index + half]; }
    workgroupBarrier();
  }
  let total = lanes[0];
  workgroupBarrier();
  return total;
}
