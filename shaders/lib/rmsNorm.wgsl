// A row of width n, from `base` on, and its RMS norm: inv = 1 / sqrt(mean(x²) + eps), y = w · x · inv.
// The invocations that share the row (lib/reduce) call together, from uniform control flow.

#import lib/bf16
#import lib/reduce

// The row of an invocation and its place in it. Rows past the end repeat the last one and are not stored.
fn rowOf(group: u32, index: u32, rows: u32) -> u32 { return min(group * (WIDTH / LANES) + index / LANES, rows - 1u); }

fn live(group: u32, index: u32, rows: u32) -> bool { return group * (WIDTH / LANES) + index / LANES < rows; }

fn weightAt(weight: ptr<storage, array<u32>, read>, i: u32) -> f32 {
  let word = weight[i / 2u];
  return select(bf16Low(word), bf16High(word), (i & 1u) == 1u);
}

fn inverseRms(x: ptr<storage, array<f32>, read>, base: u32, n: u32, eps: f32, index: u32) -> f32 {
  var squares = 0.0;
  for (var i = index % LANES; i < n; i += LANES) { squares += x[base + i] * x[base + i]; }
  return inverseSqrt(rowSum(squares, index) / f32(n) + eps);
}

fn norm(
  x: ptr<storage, array<f32>, read>,
  weight: ptr<storage, array<u32>, read>,
  y: ptr<storage, array<f32>, read_write>,
  rows: u32,
  n: u32,
  eps: f32,
  group: u32,
  index: u32,
) {
  let base = rowOf(group, index, rows) * n;
  let inv = inverseRms(x, base, n, eps, index);
  if (!live(group, index, rows)) { return; }
  for (var i = index % LANES; i < n; i += LANES) { y[base + i] = weightAt(weight, i) * (x[base + i] * inv); }
}
