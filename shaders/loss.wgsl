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

#import lib/finite
#import lib/logarithm
#import lib/reduce4

struct Params {
  vocabulary: u32, stride: u32, teacherStride: u32, crossEntropyWeight: f32,
  divergenceWeight: f32, divergenceScale: f32, inverseTemperature: f32, beta: f32, rows: u32,
}

const FORWARD = 0u;
const REVERSE = 1u;
override KIND: u32 = FORWARD; // 2 is JSD
override GRADIENT: bool = true;

@group(0) @binding(0) var<storage, read> teacher: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> logits: array<f32>;
// `hit`: the most likely token is the target; `scored`: there is a target; `agreed`: teacher and student have the same most
// likely token (the lowest of equals) where they are compared.
struct Stats { crossEntropy: f32, divergence: f32, hit: f32, scored: f32, agreed: f32 }

@group(0) @binding(3) var<storage, read_write> stats: array<Stats>;
@group(0) @binding(4) var<storage, read_write> totals: array<f32>;
@group(0) @binding(5) var<storage, read> compared: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

// `rest` is Σ e^(z − top) without the target, so that a confident row's loss keeps its digits; `sum` is at temperature T.
struct Row { top: f32, hit: u32, rest: f32, sum: f32, teacherTop: f32, teacherSum: f32, broken: u32, teacherHit: u32 }

var<workgroup> rowOf: array<Row, WIDTH>;

fn emptyRow() -> Row { return Row(-1e30, 0xffffffffu, 0.0, 0.0, -1e30, 0.0, 0u, 0xffffffffu); }

fn addStudent(row: ptr<function, Row>, column: u32, z: f32, isTarget: bool) {
  if (z > (*row).top) {
    (*row).rest *= decay((*row).top - z);
    (*row).sum *= decay(((*row).top - z) * params.inverseTemperature);
    (*row).top = z;
    (*row).hit = column;
  }
  if (!isTarget) { (*row).rest += decay(z - (*row).top); }
  (*row).sum += decay((z - (*row).top) * params.inverseTemperature);
  (*row).broken |= u32(isBroken(bitcast<u32>(z)));
}

fn addTeacher(row: ptr<function, Row>, column: u32, y: f32) {
  if (y > (*row).teacherTop) {
    (*row).teacherSum *= decay(((*row).teacherTop - y) * params.inverseTemperature);
    (*row).teacherTop = y;
    (*row).teacherHit = column;
  }
  (*row).teacherSum += decay((y - (*row).teacherTop) * params.inverseTemperature);
  (*row).broken |= u32(isBroken(bitcast<u32>(y)));
}

// The column of the larger of two values, the lower one of equals.
fn columnOfTop(a: f32, columnA: u32, b: f32, columnB: u32) -> u32 {
  return select(select(columnB, columnA, a > b), min(columnA, columnB), a == b);
}

fn merge(a: Row, b: Row) -> Row {
  let top = max(a.top, b.top);
  let teacherTop = max(a.teacherTop, b.teacherTop);
  let t = params.inverseTemperature;
  return Row(
    top,
    columnOfTop(a.top, a.hit, b.top, b.hit),
    a.rest * decay(a.top - top) + b.rest * decay(b.top - top),
    a.sum * decay((a.top - top) * t) + b.sum * decay((b.top - top) * t),
    teacherTop,
    a.teacherSum * decay((a.teacherTop - teacherTop) * t) + b.teacherSum * decay((b.teacherTop - teacherTop) * t),
    a.broken | b.broken,
    columnOfTop(a.teacherTop, a.teacherHit, b.teacherTop, b.teacherHit),
  );
}

fn groupRow(row: Row, lane: u32) -> Row {
  rowOf[lane] = row;
  workgroupBarrier();
  // Every lane has read its target's logit before another lane writes a gradient in its place.
  storageBarrier();
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    if (lane < half) { rowOf[lane] = merge(rowOf[lane], rowOf[lane + half]); }
    workgroupBarrier();
  }
  return rowOf[0];
}

// What the cross-entropy needs of a row: its target's logit, the sum of all e^(z − top), the target's gradient.
struct Target { column: u32, sum: f32, loss: f32, slope: f32 }

fn score(row: Row, column: u32, z: f32) -> Target {
  let share = decay(z - row.top);
  let sum = row.rest + share;
  // With the target on top share is 1 and the argument is exactly `rest`.
  let loss = (row.top - z) + logPlus1(select(row.rest - 1.0 + share, row.rest, z == row.top));
  return Target(column, sum, loss, -row.rest / sum);
}

fn crossEntropySlope(row: Row, label: Target, column: u32, z: f32) -> f32 {
  return select(decay(z - row.top) / label.sum, label.slope, column == label.column);
}

fn report(row: Row, label: Target, hasTarget: bool, divergence: f32, agreed: bool) -> Stats {
  let broken = row.broken != 0u;
  let loss = select(0.0, label.loss, hasTarget);
  let hit = f32(hasTarget && row.hit == label.column);
  return Stats(brokenOr(broken, loss), brokenOr(broken, divergence), hit, f32(hasTarget), f32(agreed));
}

// Columns that are not scored get gradient 0.
fn clearFrom(base: u32, first: u32, lane: u32) {
  if (GRADIENT) {
    for (var i = first + lane; i < params.stride; i += WIDTH) { logits[base + i] = 0.0; }
  }
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
  var own = emptyRow();
  for (var i = lane; i < params.vocabulary; i += WIDTH) { addStudent(&own, i, logits[base + i], i == column); }
  let z = logits[base + column];
  let row = groupRow(own, lane);
  let label = score(row, column, z);
  if (lane == 0u) { stats[group.x] = report(row, label, true, 0.0, false); }
  if (GRADIENT) {
    for (var i = lane; i < params.vocabulary; i += WIDTH) {
      logits[base + i] = params.crossEntropyWeight * crossEntropySlope(row, label, i, logits[base + i]);
    }
  }
  clearFrom(base, params.vocabulary, lane);
}

// One column of both distributions: p, q and r = log(q/p).
struct Pair { p: f32, q: f32, r: f32 }

fn pair(row: Row, logShift: f32, z: f32, y: f32) -> Pair {
  let t = params.inverseTemperature;
  let p = decay((y - row.teacherTop) * t) / row.teacherSum;
  let q = decay((z - row.top) * t) / row.sum;
  return Pair(p, q, ((z - y) - (row.top - row.teacherTop)) * t - logShift);
}

// a·(e^x − 1 − x) with b = a·e^x: one term of KL(a‖b)
fn divergenceTerm(a: f32, b: f32, x: f32) -> f32 {
  if (abs(x) < 0.5) { return a * expMinus1MinusX(x); }
  return b - a - a * x;
}

// (log(m/p), log(m/q)), written so that neither exponential overflows
fn mixtureLogs(r: f32) -> vec2f {
  let share = select(params.beta, 1.0 - params.beta, r <= 0.0);
  let x = -abs(r);
  let near = logPlus1(share * select(decay(x) - 1.0, expMinus1(x), x > -0.5));
  return select(vec2f(r + near, near), vec2f(near, near - r), r <= 0.0);
}

// (divergence, q·s) of one column
fn measure(c: Pair) -> vec2f {
  if (KIND == FORWARD) { return vec2f(divergenceTerm(c.p, c.q, c.r), 0.0); }
  if (KIND == REVERSE) { return vec2f(divergenceTerm(c.q, c.p, -c.r), c.q * c.r); }
  let m = params.beta * c.p + (1.0 - params.beta) * c.q;
  let logs = mixtureLogs(c.r);
  let value = params.beta * divergenceTerm(c.p, m, logs.x) + (1.0 - params.beta) * divergenceTerm(c.q, m, logs.y);
  return vec2f(value, -(1.0 - params.beta) * c.q * logs.y);
}

// T · ∂divergence/∂z; `mean` is Σ q·s
fn divergenceSlope(c: Pair, mean: f32) -> f32 {
  if (KIND == FORWARD) {
    if (abs(c.r) < 0.5) { return c.p * expMinus1(c.r); }
    return c.q - c.p;
  }
  if (KIND == REVERSE) { return c.q * (c.r - mean); }
  return c.q * (-(1.0 - params.beta) * mixtureLogs(c.r).y - mean);
}

// What a row's two slopes are multiplied by; 0 for a part that is not scored there.
struct Weights { crossEntropy: f32, divergence: f32 }

fn mixedSlope(row: Row, label: Target, column: u32, z: f32, c: Pair, mean: f32, weights: Weights) -> f32 {
  return weights.crossEntropy * crossEntropySlope(row, label, column, z) + weights.divergence * divergenceSlope(c, mean);
}

@compute @workgroup_size(WIDTH)
fn distill(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let base = group.x * params.stride;
  let teacherBase = group.x * params.teacherStride;
  let column = targets[group.x];
  let hasTarget = column < params.vocabulary;
  let isCompared = compared[group.x] != 0u;
  if (!hasTarget && !isCompared) {
    clearFrom(base, 0u, lane);
    if (lane == 0u) { stats[group.x] = Stats(); }
    return;
  }
  var own = emptyRow();
  for (var i = lane; i < params.vocabulary; i += WIDTH) {
    addStudent(&own, i, logits[base + i], i == column);
    addTeacher(&own, i, teacher[teacherBase + i]);
  }
  let wanted = logits[base + select(0u, column, hasTarget)];
  let row = groupRow(own, lane);
  let label = score(row, column, wanted);
  let logShift = logPlus1((row.sum - row.teacherSum) / row.teacherSum);

  let divergenceWeight = params.divergenceWeight * params.divergenceScale * params.inverseTemperature;
  let weights = Weights(select(0.0, params.crossEntropyWeight, hasTarget), select(0.0, divergenceWeight, isCompared));

  var sums = vec2f(0.0);
  for (var i = lane; i < params.vocabulary; i += WIDTH) {
    let z = logits[base + i];
    let c = pair(row, logShift, z, teacher[teacherBase + i]);
    sums += measure(c);
    if (GRADIENT && KIND == FORWARD) { logits[base + i] = mixedSlope(row, label, i, z, c, 0.0, weights); }
  }
  let total = groupSum4(vec4f(sums, 0.0, 0.0), lane);
  if (lane == 0u) {
    let divergence = select(0.0, total.x * params.divergenceScale, isCompared);
    stats[group.x] = report(row, label, hasTarget, divergence, isCompared && row.hit == row.teacherHit);
  }
  if (GRADIENT && KIND != FORWARD) {
    for (var i = lane; i < params.vocabulary; i += WIDTH) {
      let z = logits[base + i];
      let c = pair(row, logShift, z, teacher[teacherBase + i]);
      logits[base + i] = mixedSlope(row, label, i, z, c, total.y, weights);
    }
  }
  clearFrom(base, params.vocabulary, lane);
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
