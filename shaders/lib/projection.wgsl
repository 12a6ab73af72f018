// What the variants of `linear` share: operands, parameters, bias and residual, the mask of dropout.
// x, dx: [rows, inputs]; y, dy: [rows, outputs], `pitch` values from row to row; residual (of one part): [rows, outputs];
// weight: [outputs, inputs] bf16; bias: [outputs] bf16; u, t: [rows, rank]; a: [rank, inputs]; b: [outputs, rank].
// Tensors of the parts lie in one buffer each, `…At` words of 32 bits from its start; forward's tiles belong to one part.

#import lib/bf16
#import lib/dropout
#import lib/grid

struct Params {
  tiles: vec4u, outputs: vec4u, pitch: vec4u, rank: vec4u, seed: vec4u,
  weightAt: vec4u,
  biasAt: vec4u,
  lowAt: vec4u,    // u, t
  factorAt: vec4u, // b, a
  outAt: vec4u,    // y, dy
  scale: vec4f,
  parts: u32, rows: u32, inputs: u32, threshold: u32, stages: u32, splits: u32,
  accumulate: f32, keep: f32,
}

const ABSENT = 0xffffffffu;

// Absent operands are bound to any other read-only tensor and never read.
override RESIDUAL = 0u;
override LORA = 0u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(0) var<storage, read> xAny: array<f32>;
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(0) var<storage, read> sumsWide: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec2u>;
@group(0) @binding(1) var<storage, read> weightWide: array<vec4u>;
@group(0) @binding(1) var<storage, read> weightAny: array<u32>;
@group(0) @binding(2) var<storage, read> bias: array<u32>;
@group(0) @binding(2) var<storage, read> t: array<f32>;
@group(0) @binding(3) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> a: array<vec4f>;
@group(0) @binding(3) var<storage, read> aAny: array<f32>;
@group(0) @binding(4) var<storage, read> b: array<f32>;
@group(0) @binding(5) var<storage, read> residual: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dxAny: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

fn unpack(words: vec2u) -> vec4f {
  return vec4f(bf16Low(words.x), bf16High(words.x), bf16Low(words.y), bf16High(words.y));
}

fn weightAt(i: u32) -> f32 {
  let word = weightAny[i / 2u];
  return select(bf16Low(word), bf16High(word), (i & 1u) == 1u);
}

fn biasAt(i: u32) -> f32 {
  let word = bias[i / 2u];
  return select(bf16Low(word), bf16High(word), (i & 1u) == 1u);
}

// Bias and residual at [m, n] of a part.
fn rest(biasWord: u32, outputs: u32, m: u32, n: u32) -> f32 {
  var sum = 0.0;
  if (biasWord != ABSENT) { sum += biasAt(2u * biasWord + n); }
  if (RESIDUAL == 1u) { sum += residual[m * outputs + n]; }
  return sum;
}

// `z`: which of the sums of a split product; 0 where it is not split.
fn store4(p: u32, z: u32, m: u32, n: u32, values: vec4f) {
  if (m >= params.rows) { return; }
  let outputs = params.outputs[p];
  let biasWord = params.biasAt[p];
  let at = params.outAt[p] + (z * params.rows + m) * params.pitch[p] + n;
  for (var j = 0u; j < 4u; j++) {
    if (n + j < outputs) { y[at + j] = values[j] + rest(biasWord, outputs, m, n + j); }
  }
}

fn mask(m: u32, quad: u32, seed: u32) -> vec4f {
  return dropout4(m, quad, seed, params.threshold, params.keep);
}

// Four lines, the last one again past the end: computed and not stored.
fn four(line: u32, lines: u32) -> vec4u {
  return min(line + vec4u(0u, 1u, 2u, 3u), vec4u(lines - 1u));
}

// Four values from `i` on of a row of u, t, b or dy; zero past the last.
fn next4(m: ptr<storage, array<f32>, read>, row: u32, i: u32, count: u32) -> vec4f {
  let index = i + vec4u(0u, 1u, 2u, 3u);
  let at = row + min(index, vec4u(count - 1u));
  return select(vec4f(), vec4f(m[at.x], m[at.y], m[at.z], m[at.w]), index < vec4u(count));
}

fn ranksOf(m: ptr<storage, array<f32>, read>, rows: vec4u, r: u32, rank: u32) -> mat4x4f {
  return mat4x4f(next4(m, rows.x, r, rank), next4(m, rows.y, r, rank), next4(m, rows.z, r, rank), next4(m, rows.w, r, rank));
}
