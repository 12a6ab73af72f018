// Projections by tiles: ACROSS by DOWN invocations make 8·DOWN rows by 4·STRIPS·ACROSS columns, from sixteen terms of the sums
// at a time. Those are staged in workgroup memory, weights unpacked and x turned on the way there; the next ones are fetched
// while these are summed. An invocation keeps strips of eight rows by four columns in registers: rows 4·y.. and 4·(DOWN + y)..,
// columns 4·(ACROSS·strip + x).., so that neighbours read neighbouring vectors. Terms are added in the order of the sum
// whatever the tile is: same bits.
// Where there are fewer tiles than keep a card busy, `z` workgroups share the terms of one: each writes sums of its own,
// from `stages` of them at most, for linear.sums to add up.
// Formulas: linear.wgsl; shapes: lib/projection. Inputs must be a multiple of 4.

#import lib/projection

// 0 on a CPU adapter, whose compiler may take minutes for it.
override WRITTEN_OUT = 1u;

const DEPTH = 16u; // terms of a stage
const QUADS = DEPTH / 4u;
const LINES = 2u * DOWN; // vectors of a term's rows; as many as of its columns, STRIPS · ACROSS
const INVOCATIONS = ACROSS * DOWN;

// With a vector to SPARE, which is not used, the terms of a block lie in other banks. Indexed by constants where it can be,
// as checking an index costs as much as a multiplication.
var<workgroup> left: array<array<vec4f, LINES + SPARE>, DEPTH>;  // [term][four rows]
var<workgroup> right: array<array<vec4f, LINES + SPARE>, DEPTH>; // [term][four columns]

// Eight rows of four columns.
struct Strip {
  top0: vec4f, top1: vec4f, top2: vec4f, top3: vec4f,
  bottom0: vec4f, bottom1: vec4f, bottom2: vec4f, bottom3: vec4f,
}

// The third and fourth are never used where STRIPS is 2.
struct Sums { first: Strip, second: Strip, third: Strip, fourth: Strip }

// Of an invocation in its workgroup. Two neighbours read the same columns, every other one the same rows: a card then takes a
// third less for their reads than where eight neighbours each read their own.
fn placeIn(index: u32) -> vec2u {
  return vec2u(index / 2u % ACROSS, index / (2u * ACROSS) * 2u + index % 2u);
}

// Row by row: four of them as the product of a matrix take a card 4 % longer.
fn addTop(strip: ptr<function, Strip>, rows: vec4f, columns: vec4f) {
  (*strip).top0 += rows.x * columns;
  (*strip).top1 += rows.y * columns;
  (*strip).top2 += rows.z * columns;
  (*strip).top3 += rows.w * columns;
}

fn addBottom(strip: ptr<function, Strip>, rows: vec4f, columns: vec4f) {
  (*strip).bottom0 += rows.x * columns;
  (*strip).bottom1 += rows.y * columns;
  (*strip).bottom2 += rows.z * columns;
  (*strip).bottom3 += rows.w * columns;
}

// One term. Where the lower half of a tile is past the last row, it is left out.
fn addTerm(sums: ptr<function, Sums>, place: vec2u, term: u32, whole: bool) {
  let top = left[term][place.y];
  let first = right[term][place.x];
  let second = right[term][ACROSS + place.x];
  addTop(&(*sums).first, top, first);
  addTop(&(*sums).second, top, second);
  let bottom = left[term][DOWN + place.y];
  if (whole) {
    addBottom(&(*sums).first, bottom, first);
    addBottom(&(*sums).second, bottom, second);
  }
  if (STRIPS == 4u) {
    let third = right[term][min(2u, STRIPS - 1u) * ACROSS + place.x];
    let fourth = right[term][(STRIPS - 1u) * ACROSS + place.x];
    addTop(&(*sums).third, top, third);
    addTop(&(*sums).fourth, top, fourth);
    if (whole) {
      addBottom(&(*sums).third, bottom, third);
      addBottom(&(*sums).fourth, bottom, fourth);
    }
  }
}

// Written out: half as fast again as a loop.
fn addTerms(sums: ptr<function, Sums>, place: vec2u, whole: bool) {
  if (WRITTEN_OUT == 0u) {
    for (var term = 0u; term < DEPTH; term++) { addTerm(sums, place, term, whole); }
    return;
  }
  addTerm(sums, place, 0u, whole);
  addTerm(sums, place, 1u, whole);
  addTerm(sums, place, 2u, whole);
  addTerm(sums, place, 3u, whole);
  addTerm(sums, place, 4u, whole);
  addTerm(sums, place, 5u, whole);
  addTerm(sums, place, 6u, whole);
  addTerm(sums, place, 7u, whole);
  addTerm(sums, place, 8u, whole);
  addTerm(sums, place, 9u, whole);
  addTerm(sums, place, 10u, whole);
  addTerm(sums, place, 11u, whole);
  addTerm(sums, place, 12u, whole);
  addTerm(sums, place, 13u, whole);
  addTerm(sums, place, 14u, whole);
  addTerm(sums, place, 15u, whole);
}

fn addStage(sums: ptr<function, Sums>, place: vec2u, whole: bool) {
  if (whole) { addTerms(sums, place, true); } else { addTerms(sums, place, false); }
}

// Terms 4·quad.. of four lines: one vector per term.
fn putLeft(block: mat4x4f, line: u32, quad: u32) {
  let turned = transpose(block);
  left[4u * quad][line] = turned[0];
  left[4u * quad + 1u][line] = turned[1];
  left[4u * quad + 2u][line] = turned[2];
  left[4u * quad + 3u][line] = turned[3];
}

fn putRight(terms: mat4x4f, line: u32, quad: u32) {
  right[4u * quad][line] = terms[0];
  right[4u * quad + 1u][line] = terms[1];
  right[4u * quad + 2u][line] = terms[2];
  right[4u * quad + 3u][line] = terms[3];
}

// Four lines of four weights as they are fetched.
struct Words { a: vec2u, b: vec2u, c: vec2u, d: vec2u }

fn unpacked(words: Words) -> mat4x4f {
  return mat4x4f(unpack(words.a), unpack(words.b), unpack(words.c), unpack(words.d));
}
