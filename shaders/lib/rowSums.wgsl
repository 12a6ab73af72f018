// Largest logits and sums of exponentials of a row of `loss`, student's and teacher's, in one pass over quads of four columns.

#import lib/logarithm
#import lib/reduce4

// A quad is four columns from `i` on, a multiple of 4.
fn columnsOf(i: u32) -> vec4u { return i + vec4u(0u, 1u, 2u, 3u); }

// What an invocation has met of a distribution: the largest logit, sums of e^((z − top)/T), and bit 31 of `broken` where
// something is not finite.
struct Own { top: f32, sum: vec4f, broken: vec4u }

// What the cross-entropy needs besides: the column of the largest logit, and sums of e^(z − top) without the target, so that
// a confident row's loss keeps its digits.
struct Rest { hit: u32, sum: vec4f }

fn emptyOwn() -> Own { return Own(-1e30, vec4f(), vec4u()); }

fn emptyRest() -> Rest { return Rest(0xffffffffu, vec4f()); }

fn topOf(z: vec4f) -> f32 { return max(max(z.x, z.y), max(z.z, z.w)); }

// The exponent of what is not finite is all ones: one more is carried into the sign.
fn brokenBits(z: vec4f) -> vec4u { return (bitcast<vec4u>(z) & vec4u(0x7f800000u)) + 0x00800000u; }

fn addQuad(own: ptr<function, Own>, z: vec4f, t: f32) {
  let top = topOf(z);
  if (top > (*own).top) {
    (*own).sum *= decay(((*own).top - top) * t);
    (*own).top = top;
  }
  (*own).sum += decay4((z - (*own).top) * t);
  (*own).broken |= brokenBits(z);
}

// `before` is the largest logit of the quads before.
fn addRest(rest: ptr<function, Rest>, before: f32, i: u32, z: vec4f, column: u32) {
  let top = topOf(z);
  if (top > before) {
    (*rest).sum *= decay(before - top);
    (*rest).hit = i + select(select(select(3u, 2u, z.z == top), 1u, z.y == top), 0u, z.x == top);
  }
  (*rest).sum += select(decay4(z - max(before, top)), vec4f(), columnsOf(i) == vec4u(column));
}

// Of student and teacher, by all invocations; `rest` and `sum`s are what they are in the other structures.
struct Row { top: f32, hit: u32, rest: f32, sum: f32, teacherTop: f32, teacherSum: f32, broken: u32 }

var<workgroup> rowOf: array<Row, WIDTH>;

fn total4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

fn rowFrom(student: Own, rest: Rest, other: Own) -> Row {
  let broken = student.broken | other.broken;
  return Row(
    student.top, rest.hit, total4(rest.sum), total4(student.sum), other.top, total4(other.sum),
    (broken.x | broken.y | broken.z | broken.w) >> 31u,
  );
}

fn merge(a: Row, b: Row, t: f32) -> Row {
  let top = max(a.top, b.top);
  let teacherTop = max(a.teacherTop, b.teacherTop);
  return Row(
    top,
    select(select(b.hit, a.hit, a.top > b.top), min(a.hit, b.hit), a.top == b.top),
    a.rest * decay(a.top - top) + b.rest * decay(b.top - top),
    a.sum * decay((a.top - top) * t) + b.sum * decay((b.top - top) * t),
    teacherTop,
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
