// Matrices of f16 for `linear.matrices`, made by lib/halving. Every row of x (dy) is scaled by a power of two and written
// as the sum of two f16, of 22 bits together: nothing of f32's precision that matters to a sum is lost.
// halves: [rows, high and low, terms] f16, eight to a vector; rows are padded with zeros to whole tiles of 64, terms to whole
// stages of 32, of each part going back. scales: [rows], what a row of the product is multiplied with.

const STAGE = 4u; // vectors

// A weight of bf16 fits in one f16; sixteenfold, so that what is small is no subnormal.
const WEIGHT_SCALE = 16.0;

fn stagesOf(terms: u32) -> u32 { return (terms + 31u) / 32u; }

fn backwardStages() -> u32 {
  var sum = 0u;
  for (var p = 0u; p < 4u; p++) { sum += stagesOf(params.outputs[p]); }
  return sum;
}

// Eight weights as f16, sixteenfold.
fn weights(words: vec4u) -> vec4u {
  return vec4u(
    pack2x16float(WEIGHT_SCALE * vec2f(bf16Low(words.x), bf16High(words.x))),
    pack2x16float(WEIGHT_SCALE * vec2f(bf16Low(words.y), bf16High(words.y))),
    pack2x16float(WEIGHT_SCALE * vec2f(bf16Low(words.z), bf16High(words.z))),
    pack2x16float(WEIGHT_SCALE * vec2f(bf16Low(words.w), bf16High(words.w))),
  );
}
