// lib/units for adapters that have none: each of 32 invocations sums eight columns of a row. What is multiplied stays where it
// lies: a block does not change between two barriers.

// Of a block: number [m, n] of the matrix is f16 `first + m · down + n · across`.
struct Place { block: u32, first: u32, down: u32, across: u32 }
alias Left = Place;
alias Right = Place;
alias Sums = array<f32, 8>;

// Set when an entry point begins.
var<private> lane: u32;

fn leftOf(block: u32, at: u32) -> Left { return Place(block, 8u * at, 8u * LINE, 1u); }

fn rightOf(block: u32, at: u32) -> Right { return Place(block, 8u * at, 8u * LINE, 1u); }

fn rightOfColumns(block: u32, at: u32) -> Right { return Place(block, 8u * at, 1u, 8u * LINE); }

fn halfAt(block: u32, i: u32) -> f32 { return unpack2x16float(blocks[block][i / 8u][i / 2u % 4u])[i % 2u]; }

// Loops, not written out: it is compiled sixteen times in a kernel.
fn multiplyAdd(left: Left, right: Right, sums: Sums) -> Sums {
  let row = left.first + lane / 2u * left.down;
  let column = right.first + 8u * (lane % 2u) * right.across;
  var added = sums;
  for (var k = 0u; k < 16u; k++) {
    let x = halfAt(left.block, row + k);
    for (var n = 0u; n < 8u; n++) { added[n] += x * halfAt(right.block, column + k * right.down + n * right.across); }
  }
  return added;
}

fn putFirst(block: u32, sums: Sums) { put(block, 0u, sums); }

fn putNext(block: u32, sums: Sums) { put(block, 4u, sums); }

fn put(block: u32, at: u32, sums: Sums) {
  let first = at + lane / 2u * SUMS_LINE + 2u * (lane % 2u);
  blocks[block][first] = bitcast<vec4u>(vec4f(sums[0], sums[1], sums[2], sums[3]));
  blocks[block][first + 1u] = bitcast<vec4u>(vec4f(sums[4], sums[5], sums[6], sums[7]));
}
