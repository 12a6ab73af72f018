// Sums over the LANES invocations that share one row; every one of them gets the result. On a graphics card they are all of
// a workgroup. On a CPU adapter a barrier costs more than the row: there one invocation does it alone.
// Fixed order, so the same input gives the same bits. Call from uniform control flow.

override WIDTH = 256u; // of a workgroup
override LANES = 256u; // WIDTH, or 1

var<workgroup> lanes: array<f32, WIDTH>;
var<workgroup> sixteenths: array<f32, 16>;

fn rowSum(value: f32, index: u32) -> f32 {
  if (LANES == 1u) { return value; }
  lanes[index] = value;
  workgroupBarrier();
  // In two steps, as barriers cost more than additions.
  if (index < 16u) {
    var part = 0.0;
    for (var i = index; i < WIDTH; i += 16u) { part += lanes[i]; }
    sixteenths[index] = part;
  }
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < 16u; i++) { total += sixteenths[i]; }
  workgroupBarrier();
  return total;
}
