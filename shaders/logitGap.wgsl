// How far the logits of two models are apart, row by row.
//   gaps[row] = (max |x − y|, max |x|, 1 when both have the same most likely token, 1 when anything is not finite)
// x, y: [rows, columns]; gaps: [rows]. One workgroup per row; of equal logits the first is the most likely.

#import lib/finite

struct Params { columns: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> gaps: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

const WIDTH = 64u;

struct Best { value: f32, column: u32 }
struct Row { gap: f32, size: f32, x: Best, y: Best, broken: u32 }

var<workgroup> rowOf: array<Row, WIDTH>;

fn better(p: Best, q: Best) -> Best {
  if (p.value > q.value || (p.value == q.value && p.column < q.column)) { return p; }
  return q;
}

fn merge(p: Row, q: Row) -> Row {
  return Row(max(p.gap, q.gap), max(p.size, q.size), better(p.x, q.x), better(p.y, q.y), p.broken | q.broken);
}

@compute @workgroup_size(WIDTH)
fn measure(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var row = Row(0.0, 0.0, Best(-1e30, 0xffffffffu), Best(-1e30, 0xffffffffu), 0u);
  for (var column = lane; column < params.columns; column += WIDTH) {
    let p = x[group.x * params.columns + column];
    let q = y[group.x * params.columns + column];
    let broken = u32(isBroken(bitcast<u32>(p)) || isBroken(bitcast<u32>(q)));
    row = merge(row, Row(abs(p - q), abs(p), Best(p, column), Best(q, column), broken));
  }
  rowOf[lane] = row;
  workgroupBarrier();
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    if (lane < half) { rowOf[lane] = merge(rowOf[lane], rowOf[lane + half]); }
    workgroupBarrier();
  }
  if (lane == 0u) {
    let total = rowOf[0];
    let same = select(0.0, 1.0, total.x.column == total.y.column);
    gaps[group.x] = vec4f(total.gap, total.size, same, f32(total.broken));
  }
}
