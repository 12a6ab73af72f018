// Largest logits and sums of exponentials of a row of `loss`, student's and teacher's, in one pass over quads of four columns.

#import lib/logarithm
#import lib/reduce4

// A quad is four columns from `i` on, a multiple of 4.
fn columnsOf(i: u32) -> vec4u { return i + vec4u(0u, 1u, 2u, 3u); }

// What an invocation has met of a distribution: the largest logit and its column, sums of e^((z − top)/T), and bit 31 of
// `broken` where something is not finite.
struct Own { top: f32, hit: u32, sum: vec4f, broken: vec4u }

fn emptyOwn() -> Own { return Own(-1e30, 0xffffffffu, vec4f(), vec4u()); }

// Quads are taken by twos, the second 4·WIDTH columns behind the first: looking for a larger logit, and making sums smaller where
// there is one, then cost half as much.
fn secondOf(i: u32) -> u32 { return i + 4u * WIDTH; }

fn topOf(z: mat2x4f) -> f32 {
  let top = max(z[0], z[1]);
  return max(max(top.x, top.y), max(top.z, top.w));
}

// Where a quad from `i` on has the value first; a large number where it has not.
fn placeOf(top: f32, z: vec4f, i: u32) -> u32 {
  return select(select(select(select(0xffffffffu, i + 3u, z.w == top), i + 2u, z.z == top), i + 1u, z.y == top), i, z.x == top);
}

// The exponent of what is not finite is all ones: one more is carried into the sign.
fn brokenBits(z: vec4f) -> vec4u { return (bitcast<vec4u>(z) & vec4u(0x7f800000u)) + 0x00800000u; }

// The largest logit so far, the first column that has it, and what is not finite.
fn raise(own: ptr<function, Own>, i: u32, z: mat2x4f) {
  let top = topOf(z);
  if (top > (*own).top) {
    (*own).top = top;
    (*own).hit = min(placeOf(top, z[0], i), placeOf(top, z[1], secondOf(i)));
  }
  (*own).broken |= brokenBits(z[0]) | brokenBits(z[1]);
}

fn addQuads(own: ptr<function, Own>, i: u32, z: mat2x4f, t: f32) {
  let before = (*own).top;
  raise(own, i, z);
  let top = (*own).top;
  if (top > before) { (*own).sum *= exp((before - top) * t); }
  (*own).sum += exp((z[0] - top) * t) + exp((z[1] - top) * t);
}

// e^(z − top) of a quad, 0 at the target.
fn restOf(i: u32, z: vec4f, top: f32, column: u32) -> vec4f {
  return select(exp(z - top), vec4f(), columnsOf(i) == vec4u(column));
}

// Sums of e^(z − top) without the target, so that a confident row's loss keeps its digits. `before` is the largest logit of
// the quads before.
fn addRest(rest: ptr<function, vec4f>, before: f32, i: u32, z: mat2x4f, column: u32) {
  let top = max(before, topOf(z));
  if (top > before) { *rest *= exp(before - top); }
  *rest += restOf(i, z[0], top, column) + restOf(secondOf(i), z[1], top, column);
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
    a.rest * exp(a.top - top) + b.rest * exp(b.top - top),
    a.sum * exp((a.top - top) * t) + b.sum * exp((b.top - top) * t),
    teacherTop,
    columnOfTop(a.teacherTop, a.teacherHit, b.teacherTop, b.teacherHit),
    a.teacherSum * exp((a.teacherTop - teacherTop) * t) + b.teacherSum * exp((b.teacherTop - teacherTop) * t),
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
