// Tiles of products by units for matrices (linear.matrices): how they are staged, multiplied and taken out.

#import lib/projection
#import lib/halves
#import lib/units

@group(0) @binding(8) var<storage, read> halves: array<vec4u>;
@group(0) @binding(9) var<storage, read> scales: array<f32>;

// 1 where every rank is a multiple of 4.
override WHOLE_RANKS = 0u;

const ROWS = 64u;
const COLUMNS = 128u;

const THREADS = 128u;
const LINE = 5u;       // vectors from one line of 32 f16 to the next: one more than are used, against bank conflicts
const SUMS_LINE = 10u; // from one line of 32 sums to the next

// Of 32 lines of 32 f16 each: the high halves of the workgroup's 64 rows, the low ones, its 128 columns. At the end every
// subgroup puts sums into two of its own. Within a block, matrices lie at places that are known beforehand: so bounds are not
// checked, nor strides taken from a variable, whenever one is loaded.
var<workgroup> blocks: array<array<vec4u, 32u * LINE>, 8>;
const LOW = 2u;
const RIGHT = 4u;

// What an invocation fetches of a stage: of x a vector of the high halves of either 32 rows and of the low ones; of the weights four.
struct Fetched { a: vec4u, b: vec4u, c: vec4u, d: vec4u }

// Where an invocation's vectors of the first stage lie.
fn leftAt(row: u32, all: u32, index: u32) -> vec4u {
  let at = 2u * (row + index / STAGE) * all + index % STAGE;
  let under = 2u * (THREADS / STAGE) * all;
  return vec4u(at, at + under, at + all, at + all + under);
}

fn fetchLeft(at: vec4u) -> Fetched { return Fetched(halves[at.x], halves[at.y], halves[at.z], halves[at.w]); }

fn fetchRight(at: vec4u) -> Fetched { return Fetched(weightWide[at.x], weightWide[at.y], weightWide[at.z], weightWide[at.w]); }

fn putLeft(v: Fetched, index: u32) {
  let at = index / STAGE * LINE + index % STAGE;
  blocks[0][at] = v.a;
  blocks[1][at] = v.b;
  blocks[LOW][at] = v.c;
  blocks[LOW + 1u][at] = v.d;
}

// Sixteen rows, `nth` of the subgroup's 32, and terms, `half` of the stage's 32.
fn rowsOf(block: u32, nth: u32, half: u32) -> Left {
  return leftOf(block, 16u * nth * LINE + 2u * half);
}

fn add(sums: Sums, high: Left, low: Left, columns: Right) -> Sums {
  return multiplyAdd(low, columns, multiplyAdd(high, columns, sums));
}

// Sixteen rows of a subgroup, 64 columns: into its blocks, from which its invocations take two rows after the other.
fn putSums(subgroup: u32, first: Sums, second: Sums, third: Sums, fourth: Sums) {
  workgroupBarrier();
  putFirst(2u * subgroup, first);
  putNext(2u * subgroup, second);
  putFirst(2u * subgroup + 1u, third);
  putNext(2u * subgroup + 1u, fourth);
  workgroupBarrier();
}

// Four columns of one of the rows.
fn takenSums(subgroup: u32, row: u32, quad: u32) -> vec4f {
  return bitcast<vec4f>(blocks[2u * subgroup + quad / 8u][row * SUMS_LINE + quad % 8u]);
}

// Ranks r.. of a row of u, t or b, zero past the last.
fn ranks4(m: ptr<storage, array<vec4f>, read>, row: u32, r: u32, rank: u32) -> vec4f {
  if (WHOLE_RANKS == 1u) { return (*m)[(row + r) / 4u]; }
  let at = row + four(r, rank);
  let values = vec4f((*m)[at.x / 4u][at.x % 4u], (*m)[at.y / 4u][at.y % 4u], (*m)[at.z / 4u][at.z % 4u], (*m)[at.w / 4u][at.w % 4u]);
  return select(vec4f(), values, r + vec4u(0u, 1u, 2u, 3u) < vec4u(rank));
}

// Four columns of a row, and of the one eight below: what is read for both is read once.
struct Pair { upper: vec4f, lower: vec4f }
