// Losses over label rows, written as gradients over the student's logits z (teacher's logits: y, temperature: T).
//   q = softmax(z/T), p = softmax(y/T), r = log(q/p), m = β·p + (1−β)·q, all over the first `vocabulary` columns
//   cross-entropy  −log softmax(z)[target]                  ∂/∂z = softmax(z) − onehot
//   forward KL     Σ p·log(p/q)                             ∂/∂z = (q − p) / T
//   reverse KL     Σ q·log(q/p)                             ∂/∂z = q·(s − Σ q·s) / T,  s = r
//   JSD            β·Σ p·log(p/m) + (1−β)·Σ q·log(q/m)      the same with s = (1−β)·log(q/m)
// KL(a‖b) is summed as Σ a·(e^x − 1 − x), x = log(b/a): no term is negative, so nothing cancels when student ≈ teacher,
// and an error common to all x (the rounding of the two log-sums) drops out to first order.
// logits: [rows, stride]; teacher: [rows, teacherStride]; targets: [rows], one not below `vocabulary` has no cross-entropy;
// compared: [rows], 0 has no divergence; stats: [rows]; totals: [5] += column sums of stats.
// One workgroup per row: one pass for maxima and sums, one for the values (forward KL: and the gradient), one for the gradient.
// Invocations take quads, four columns each, two at a time in the first pass: a CPU adapter fetches a vector as fast as a number.
// It also takes both ways of a branch and skips only loops, so rows with a target and rows without have loops of their own.

#import lib/divergence
#import lib/finite
#import lib/logarithm
#import lib/reduce4
#import lib/rowSums

struct Params {
  vocabulary: u32, stride: u32, teacherStride: u32, crossEntropyWeight: f32,
  divergenceWeight: f32, divergenceScale: f32, inverseTemperature: f32, beta: f32, rows: u32,
}

const FORWARD = 0u;
const REVERSE = 1u;
override KIND: u32 = FORWARD; // 2 is JSD
override GRADIENT: bool = true;

// Where the vocabulary is whole quads, and every row begins with one.
override WHOLE_VECTORS: bool = false;

@group(0) @binding(0) var<storage, read> teacher: array<vec4f>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> logits: array<vec4f>;
// `hit`: the most likely token is the target; `scored`: there is a target; `agreed`: teacher and student have the same most
// likely token (the lowest of equals) where they are compared.
struct Stats { crossEntropy: f32, divergence: f32, hit: f32, scored: f32, agreed: f32 }

@group(0) @binding(3) var<storage, read_write> stats: array<Stats>;
@group(0) @binding(4) var<storage, read_write> totals: array<f32>;
@group(0) @binding(5) var<storage, read> compared: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

// Columns past the vocabulary repeat the last one, and are then made so unlikely that they count in nothing.
fn placesOf(base: u32, i: u32) -> vec4u { return base + min(columnsOf(i), vec4u(params.vocabulary - 1u)); }

fn scored(i: u32, quad: vec4f) -> vec4f { return select(vec4f(-1e30), quad, columnsOf(i) < vec4u(params.vocabulary)); }

fn logitAt(at: u32) -> f32 { return logits[at / 4u][at % 4u]; }

fn teacherAt(at: u32) -> f32 { return teacher[at / 4u][at % 4u]; }

fn studentQuad(base: u32, i: u32) -> vec4f {
  if (WHOLE_VECTORS) { return logits[(base + i) / 4u]; }
  let at = placesOf(base, i);
  return scored(i, vec4f(logitAt(at.x), logitAt(at.y), logitAt(at.z), logitAt(at.w)));
}

fn teacherQuad(base: u32, i: u32) -> vec4f {
  if (WHOLE_VECTORS) { return teacher[(base + i) / 4u]; }
  let at = placesOf(base, i);
  return scored(i, vec4f(teacherAt(at.x), teacherAt(at.y), teacherAt(at.z), teacherAt(at.w)));
}

// Where there is no second quad the first is read again, and counts in nothing.
fn secondOrFirst(i: u32) -> u32 { return select(i, secondOf(i), secondOf(i) < params.vocabulary); }

fn quads(i: u32, first: vec4f, second: vec4f) -> mat2x4f {
  return mat2x4f(first, select(vec4f(-1e30), second, secondOf(i) < params.vocabulary));
}

fn studentQuads(base: u32, i: u32) -> mat2x4f { return quads(i, studentQuad(base, i), studentQuad(base, secondOrFirst(i))); }

fn teacherQuads(base: u32, i: u32) -> mat2x4f { return quads(i, teacherQuad(base, i), teacherQuad(base, secondOrFirst(i))); }

fn storeQuad(base: u32, i: u32, gradient: vec4f) {
  if (WHOLE_VECTORS) {
    logits[(base + i) / 4u] = gradient;
  } else {
    for (var j = i; j < min(i + 4u, params.vocabulary); j++) { logits[(base + j) / 4u][(base + j) % 4u] = gradient[j - i]; }
  }
}

// Columns that are not scored get gradient 0.
fn clearFrom(base: u32, first: u32, lane: u32) {
  if (GRADIENT) {
    for (var i = first + lane; i < params.stride; i += WIDTH) { logits[(base + i) / 4u][(base + i) % 4u] = 0.0; }
  }
}

// What the cross-entropy needs of a row: its target, 1 by the sum of all e^(z − top), the target's gradient.
struct Target { column: u32, top: f32, share: f32, loss: f32, slope: f32 }

fn score(row: Row, column: u32, z: f32) -> Target {
  let share = exp(z - row.top);
  let sum = row.rest + share;
  // With the target on top share is 1 and the argument is exactly `rest`.
  let loss = (row.top - z) + logPlus1(vec4f(select(row.rest - 1.0 + share, row.rest, z == row.top))).x;
  return Target(column, row.top, 1.0 / sum, loss, -row.rest / sum);
}

fn crossEntropySlope(label: Target, i: u32, z: vec4f) -> vec4f {
  return select(exp(z - label.top) * label.share, vec4f(label.slope), columnsOf(i) == vec4u(label.column));
}

fn report(row: Row, label: Target, hasTarget: bool, divergence: f32, agreed: bool) -> Stats {
  let broken = row.broken != 0u;
  let loss = select(0.0, label.loss, hasTarget);
  let hit = f32(hasTarget && row.hit == label.column);
  return Stats(brokenOr(broken, loss), brokenOr(broken, divergence), hit, f32(hasTarget), f32(agreed));
}

@compute @workgroup_size(WIDTH)
fn crossEntropy(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let base = group.x * params.stride;
  let column = targets[group.x];
  if (column >= params.vocabulary) {
    clearFrom(base, 0u, lane);
    if (lane == 0u) { stats[group.x] = Stats(); }
    return;
  }
  var own = emptyOwn();
  var rest = vec4f();
  for (var i = 4u * lane; i < params.vocabulary; i += 8u * WIDTH) {
    let z = studentQuads(base, i);
    addRest(&rest, own.top, i, z, column);
    raise(&own, i, z);
  }
  let z = logitAt(base + column);
  let row = groupRow(rowFrom(own, rest, emptyOwn()), lane, 1.0);
  let label = score(row, column, z);
  if (lane == 0u) { stats[group.x] = report(row, label, true, 0.0, false); }
  if (GRADIENT) {
    let weight = params.crossEntropyWeight;
    for (var i = 4u * lane; i < params.vocabulary; i += 4u * WIDTH) {
      storeQuad(base, i, weight * crossEntropySlope(label, i, studentQuad(base, i)));
    }
  }
  clearFrom(base, params.vocabulary, lane);
}

// What makes probabilities of a row's logits, and the slopes' weights: 0 for a part that is not scored there.
struct Scales {
  base: u32, teacherBase: u32, t: f32, top: f32, share: f32, teacherTop: f32, teacherShare: f32, shift: f32,
  crossEntropy: f32, divergence: f32,
}

fn scalesOf(row: Row, group: u32, hasTarget: bool, isCompared: bool) -> Scales {
  let t = params.inverseTemperature;
  return Scales(
    group * params.stride, group * params.teacherStride, t, row.top, 1.0 / row.sum, row.teacherTop, 1.0 / row.teacherSum,
    logPlus1(vec4f((row.sum - row.teacherSum) / row.teacherSum)).x,
    select(0.0, params.crossEntropyWeight, hasTarget),
    select(0.0, params.divergenceWeight * params.divergenceScale * t, isCompared),
  );
}

// A quad of both distributions: logits z, probabilities p and q, r = log(q/p).
struct Pair { z: vec4f, p: vec4f, q: vec4f, r: vec4f }

fn pairAt(s: Scales, i: u32) -> Pair {
  let z = studentQuad(s.base, i);
  let y = teacherQuad(s.teacherBase, i);
  let p = exp((y - s.teacherTop) * s.t) * s.teacherShare;
  let q = exp((z - s.top) * s.t) * s.share;
  return Pair(z, p, q, ((z - y) - (s.top - s.teacherTop)) * s.t - s.shift);
}

// The divergence of each column, and s; forward KL has T · ∂divergence/∂z in its place.
struct Measured { value: vec4f, s: vec4f }

fn measure(c: Pair) -> Measured {
  if (KIND == FORWARD) {
    let way = apart(c.p, c.q, c.r);
    return Measured(way.term, way.difference);
  }
  if (KIND == REVERSE) { return Measured(apart(c.q, c.p, -c.r).term, c.r); }
  let beta = params.beta;
  let m = beta * c.p + (1.0 - beta) * c.q;
  let logs = mixture(c.r, beta);
  let value = beta * apart(c.p, m, logs.overP).term + (1.0 - beta) * apart(c.q, m, logs.overQ).term;
  return Measured(value, -(1.0 - beta) * logs.overQ);
}

fn storeSlope(s: Scales, label: Target, i: u32, z: vec4f, slope: vec4f, hasLabel: bool) {
  var gradient = s.divergence * slope;
  if (hasLabel) { gradient += s.crossEntropy * crossEntropySlope(label, i, z); }
  storeQuad(s.base, i, gradient);
}

// (divergence, Σ q·s) of a quad; forward KL has its gradient already.
fn meet(s: Scales, label: Target, i: u32, hasLabel: bool) -> vec2f {
  let c = pairAt(s, i);
  let m = measure(c);
  if (KIND != FORWARD) { return vec2f(total4(m.value), total4(c.q * m.s)); }
  if (GRADIENT) { storeSlope(s, label, i, c.z, m.s, hasLabel); }
  return vec2f(total4(m.value), 0.0);
}

@compute @workgroup_size(WIDTH)
fn distill(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let base = group.x * params.stride;
  let column = targets[group.x];
  let vocabulary = params.vocabulary;
  let hasTarget = column < vocabulary;
  let isCompared = compared[group.x] != 0u;
  if (!hasTarget && !isCompared) {
    clearFrom(base, 0u, lane);
    if (lane == 0u) { stats[group.x] = Stats(); }
    return;
  }
  let t = params.inverseTemperature;
  let first = 4u * lane;
  var student = emptyOwn();
  var rest = vec4f();
  for (var i = first; i < select(0u, vocabulary, hasTarget); i += 8u * WIDTH) {
    let z = studentQuads(base, i);
    addRest(&rest, student.top, i, z, column);
    addQuads(&student, i, z, t);
  }
  for (var i = first; i < select(vocabulary, 0u, hasTarget); i += 8u * WIDTH) { addQuads(&student, i, studentQuads(base, i), t); }
  var other = emptyOwn();
  let teacherBase = group.x * params.teacherStride;
  for (var i = first; i < vocabulary; i += 8u * WIDTH) { addQuads(&other, i, teacherQuads(teacherBase, i), t); }
  let wanted = logitAt(base + select(0u, column, hasTarget));
  let row = groupRow(rowFrom(student, rest, other), lane, t);

  let label = score(row, column, wanted);
  let scales = scalesOf(row, group.x, hasTarget, isCompared);
  let hasLabel = scales.crossEntropy != 0.0;
  var sums = vec2f();
  for (var i = first; i < select(0u, vocabulary, hasLabel); i += 4u * WIDTH) { sums += meet(scales, label, i, true); }
  for (var i = first; i < select(vocabulary, 0u, hasLabel); i += 4u * WIDTH) { sums += meet(scales, label, i, false); }
  let total = groupSum4(vec4f(sums, 0.0, 0.0), lane);
  if (lane == 0u) {
    let divergence = select(0.0, total.x * params.divergenceScale, isCompared);
    stats[group.x] = report(row, label, hasTarget, divergence, isCompared && row.hit == row.teacherHit);
  }
  if (GRADIENT && KIND != FORWARD) {
    for (var i = first; i < vocabulary; i += 4u * WIDTH) {
      let c = pairAt(scales, i);
      storeSlope(scales, label, i, c.z, c.q * (measure(c).s - total.y), hasLabel);
    }
  }
  clearFrom(base, vocabulary, lane);
}

// One workgroup for all rows. Blocks of 32 rows keep the rounding error of long sums small; a compensated sum would be
// shorter, but WGSL lets a compiler reassociate the compensation away.
@compute @workgroup_size(WIDTH)
fn accumulate(@builtin(local_invocation_index) lane: u32) {
  var losses = vec2f(0.0);
  var broken = vec2f(0.0);
  var counts = vec3f(0.0);
  for (var start = lane; start < params.rows; start += 32u * WIDTH) {
    var block = vec2f(0.0);
    for (var r = start; r < min(start + 32u * WIDTH, params.rows); r += WIDTH) {
      let row = stats[r];
      let bad = vec2<bool>(isBroken(bitcast<u32>(row.crossEntropy)), isBroken(bitcast<u32>(row.divergence)));
      broken += select(vec2f(0.0), vec2f(1.0), bad);
      block += select(vec2f(row.crossEntropy, row.divergence), vec2f(0.0), bad);
      counts += vec3f(row.hit, row.scored, row.agreed);
    }
    losses += block;
  }
  let total = groupSum4(vec4f(losses, broken), lane);
  let counted = groupSum4(vec4f(counts, 0.0), lane);
  if (lane < 2u) { totals[lane] = brokenOr(total[2u + lane] > 0.0, totals[lane] + total[lane]); }
  if (lane < 3u) { totals[2u + lane] += counted[lane]; }
}
