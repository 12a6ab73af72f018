// Sums over the LANES invocations that share one row; every one of them gets the result. On a graphics card they are all of
// a workgroup. On a CPU adapter a barrier costs more than the row: there one invocation does it alone.
// Fixed order, so the same input gives the same bits. Call from uniform control flow.

override WIDTH = 256u; // of a workgroup
override LANES = 256u; // WIDTH, or 1

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
