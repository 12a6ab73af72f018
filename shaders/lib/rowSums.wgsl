// Largest logits and sums of exponentials of a row of `loss`, student's and teacher's, in one pass over quads of four columns.

#import lib/logarithm
#import lib/reduce4

// A quad is four columns from `i` on, a multiple of 4.
fn columnsOf(i: u32) -> vec4u { return i + vec4u(0u, 1u, 2u, 3u); }

// What an invocation has met of a distribution: the largest logit and its column, sums of e^((z − top)/T), and bit 31 of
// `broken` where something is not finite.
struct Own { top: f32, hit: u32, sum: vec4f, broken: vec4u }

fn emptyOwn() -> Own { return Own(-1e30, 0xffffffffu, vec4f(), vec4u()); }

fn topOf(z: vec4f) -> f32 { return max(max(z.x, z.y), max(z.z, z.w)); }

// The exponent of what is not finite is all ones: one more is carried into the sign.
fn brokenBits(z: vec4f) -> vec4u { return (bitcast<vec4u>(z) & vec4u(0x7f800000u)) + 0x00800000u; }

// The first column of the largest logit so far.
fn raise(own: ptr<function, Own>, i: u32, z: vec4f) {
  let top = topOf(z);
  if (top > (*own).top) {
    (*own).top = top;
    (*own).hit = i + select(select(select(3u, 2u, z.z == top), 1u, z.y == top), 0u, z.x == top);
  }
}

fn addQuad(own: ptr<function, Own>, i: u32, z: vec4f, t: f32) {
  let before = (*own).top;
  raise(own, i, z);
  let top = (*own).top;
  if (top > before) { (*own).sum *= decay((before - top) * t); }
  (*own).sum += decay4((z - top) * t);
  (*own).broken |= brokenBits(z);
}

// Sums of e^(z − top) without the target, so that a confident row's loss keeps its digits. `before` is the largest logit of
// the quads before.
fn addRest(rest: ptr<function, vec4f>, before: f32, i: u32, z: vec4f, column: u32) {
  let top = topOf(z);
  if (top > before) { *rest *= decay(before - top); }
  *rest += select(decay4(z - max(before, top)), vec4f(), columnsOf(i) == vec4u(column));
}

// Of student and teacher, by all invocations; `rest` and `sum`s are what they are in the other structures.
struct Row { top: f32, hit: u32, rest: f32, sum: f32, teacherTop: f32, teacherHit: u32, teacherSum: f32, broken: u32 }

var<workgroup> rowOf: array<Row, WIDTH>;

fn total4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

fn rowFrom(student: Own, rest: vec4f, other: Own) -> Row {
  let broken = student.broken | other.broken;
  return Row(
    student.top, student.hit, total4(rest), total4(student.sum), other.top, other.hit, total4(other.sum),
    (broken.x | broken.y | broken.z | broken.w) >> 31u,
  );
}

// The column of the larger of two values, the lower one of equals.
fn columnOfTop(a: f32, columnA: u32, b: f32, columnB: u32) -> u32 {
  return select(select(columnB, columnA, a > b), min(columnA, columnB), a == b);
}

fn merge(a: Row, b: Row, t: f32) -> Row {
  let top = max(a.top, b.top);
  let teacherTop = max(a.teacherTop, b.teacherTop);
  return Row(
    top,
    columnOfTop(a.top, a.hit, b.top, b.hit),
    a.rest * decay(a.top - top) + b.rest * decay(b.top - top),
    a.sum * decay((a.top - top) * t) + b.sum * decay((b.top - top) * t),
    teacherTop,
    columnOfTop(a.teacherTop, a.teacherHit, b.teacherTop, b.teacherHit),
    a.teacherSum * decay((a.teacherTop - teacherTop) * t) + b.teacherSum * decay((b.teacherTop - teacherTop) * t),
    a.broken | b.broken,
  );
}

fn groupRow(row: Row, lane: u32, t: f32) -> Row {
  rowOf[lane] = row;
  workgroupBarrier();
  // Every lane has read its target's logit before another lane writes a gradient in its place.
  storageBarrier();
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    if (lane < half) { rowOf[lane] = merge(rowOf[lane], rowOf[lane + half], t); }
    workgroupBarrier();
  }
  return rowOf[0];
}
