// Inverted dropout by a counter-based generator: the mask of (row, column) is a pure function of the seed, so backward
// recomputes it and nothing is stored. One hash gives 96 bits, 24 for each of four neighbouring columns.

#import lib/random

// Factors (0 or 1 / (1 - p)) of columns 4·quad .. 4·quad + 3; `threshold` is p · 2^24, `keep` is 1 / (1 - p).
fn dropout4(row: u32, quad: u32, seed: u32, threshold: u32, keep: f32) -> vec4f {
  if (threshold == 0u) { return vec4f(1.0); }
  let h = pcg3d(vec3u(row, quad, seed));
  let fourth = ((h.x & 0xffu) << 16u) | ((h.y & 0xffu) << 8u) | (h.z & 0xffu);
  let draw = vec4u(h >> vec3u(8u), fourth);
  return select(vec4f(0.0), vec4f(keep), draw >= vec4u(threshold));
}
