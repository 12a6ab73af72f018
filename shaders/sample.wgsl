// The next token of every row: repetition penalty, temperature, top-k, top-p, draw; or the most likely token.
// logits: [rows, vocabulary], overwritten where the penalty applies; history: [rows, capacity] of which lengths[row] are used;
// streams: [rows], which random numbers a row draws, wherever it lies.
// Order and sums are exact: logits compare by their bit pattern, probabilities are whole numbers e^((z − top)/T) · 2³¹ added
// in 64 bits (the order of integer additions does not matter). Every question is then one descent over the digits of the key:
// "which key brings the count, from the top, to k?", "… the mass to p?", "… the mass to the random number?".
// Equal logits stay or go together in top-k and top-p; the draw among them is uniform. One workgroup per row.
// `penalise` changes the logits first when the penalty is on; then `greedy` or `draw` chooses and keeps the books.

#import lib/random

struct Params {
  vocabulary: u32, capacity: u32, seed: u32, step: u32,
  topK: u32, topP: u32, inverseTemperature: f32, penalty: f32,
  end0: u32, end1: u32, end2: u32, end3: u32,
}

override WIDTH: u32 = 256u;
// Small: some adapters clear workgroup memory before each workgroup, at a cost per word.
const WORDS = 512u;
const SEGMENT = WORDS * 32u;
const BINS = 256u;

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> history: array<u32>;
@group(0) @binding(2) var<storage, read_write> lengths: array<u32>;
@group(0) @binding(3) var<storage, read_write> finished: array<u32>;
@group(0) @binding(4) var<storage, read_write> next: array<u32>;
@group(0) @binding(5) var<storage, read> streams: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

// 64-bit numbers are (low, high).
struct Found { key: u32, above: vec2u, mass: vec2u }

var<workgroup> words: array<atomic<u32>, WORDS>;
var<workgroup> peak: array<atomic<u32>, 2>;
var<workgroup> found: Found;
var<workgroup> chosen: u32;
var<workgroup> idle: u32;

fn add64(a: vec2u, b: vec2u) -> vec2u {
  let low = a.x + b.x;
  return vec2u(low, a.y + b.y + u32(low < a.x));
}

fn less64(a: vec2u, b: vec2u) -> bool { return a.y < b.y || (a.y == b.y && a.x < b.x); }

fn multiply(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let cross = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return vec2u(a * b, (a >> 16u) * (b >> 16u) + (middle >> 16u) + (cross >> 16u));
}

// floor(a · fraction / 2³²)
fn scale(a: vec2u, fraction: u32) -> vec2u {
  return add64(multiply(a.y, fraction), vec2u(multiply(a.x, fraction).y, 0u));
}

// Bit patterns in the order of the numbers; both zeros are one.
fn keyOf(z: f32) -> u32 {
  let bits = select(bitcast<u32>(z), 0u, bitcast<u32>(z) == 0x80000000u);
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn massOf(z: f32, top: f32) -> u32 {
  return u32(exp(clamp((z - top) * params.inverseTemperature, -80.0, 0.0)) * 2147483648.0 + 0.5);
}

fn clearWords(count: u32, lane: u32) {
  for (var i = lane; i < count; i += WIDTH) { atomicStore(&words[i], 0u); }
  workgroupBarrier();
}

fn addTo(bin: u32, mass: u32) {
  let before = atomicAdd(&words[bin], mass);
  if (before + mass < before) { atomicAdd(&words[BINS + bin], 1u); }
}

fn amountIn(bin: u32) -> vec2u { return vec2u(atomicLoad(&words[bin]), atomicLoad(&words[BINS + bin])); }

// The lowest index of the largest logit.
fn mostLikely(row: u32, lane: u32) -> u32 {
  let base = row * params.vocabulary;
  var top = 0u;
  var at = 0xffffffffu;
  for (var i = lane; i < params.vocabulary; i += WIDTH) {
    let key = keyOf(logits[base + i]);
    if (key > top || at == 0xffffffffu) { top = key; at = i; }
  }
  // Workgroup memory starts as zeros; lanes without a column have key 0; complemented, the lowest index is the largest.
  atomicMax(&peak[0], top);
  workgroupBarrier();
  if (top == atomicLoad(&peak[0])) { atomicMax(&peak[1], ~at); }
  workgroupBarrier();
  return ~atomicLoad(&peak[1]);
}

// Mass of all keys from `least` on.
fn massFrom(row: u32, least: u32, top: f32, lane: u32) -> vec2u {
  let base = row * params.vocabulary;
  clearWords(2u * BINS, lane);
  for (var i = lane; i < params.vocabulary; i += WIDTH) {
    let z = logits[base + i];
    if (keyOf(z) >= least) { addTo(0u, massOf(z, top)); }
  }
  workgroupBarrier();
  let mass = amountIn(0u);
  workgroupBarrier();
  return mass;
}

// One digit of the descent: the highest bin that brings `above` to `goal`. One invocation does it.
fn descend(goal: vec2u, key: u32, above: vec2u, shift: u32) -> Found {
  var sum = above;
  var bin = BINS - 1u;
  loop {
    let amount = amountIn(bin);
    let reached = add64(sum, amount);
    if (bin == 0u || !less64(reached, goal)) { return Found(key | (bin << shift), sum, amount); }
    sum = reached;
    bin -= 1u;
  }
}

// The key at which count (or mass), added from the largest key down, reaches `goal`; what lies above it, and at it.
fn reach(row: u32, goal: vec2u, byMass: bool, top: f32, lane: u32) -> Found {
  let base = row * params.vocabulary;
  var result = Found(0u, vec2u(0u), vec2u(0u));
  var mask = 0u;
  for (var digit = 0u; digit < 4u; digit++) {
    let shift = 24u - 8u * digit;
    clearWords(2u * BINS, lane);
    for (var i = lane; i < params.vocabulary; i += WIDTH) {
      let z = logits[base + i];
      let key = keyOf(z);
      if ((key & mask) != result.key) { continue; }
      if (byMass) { addTo((key >> shift) & 255u, massOf(z, top)); } else { addTo((key >> shift) & 255u, 1u); }
    }
    workgroupBarrier();
    if (lane == 0u) { found = descend(goal, result.key, result.above, shift); }
    workgroupBarrier();
    result = found;
    mask |= 255u << shift;
  }
  workgroupBarrier();
  return result;
}

// One of the tokens with this key, each equally likely. Every invocation counts its own stretch of the row.
fn oneOf(row: u32, key: u32, random: u32, lane: u32) -> u32 {
  let base = row * params.vocabulary;
  let stretch = (params.vocabulary + WIDTH - 1u) / WIDTH;
  let end = min((lane + 1u) * stretch, params.vocabulary);
  clearWords(WIDTH, lane);
  for (var i = lane * stretch; i < end; i++) { atomicAdd(&words[lane], u32(keyOf(logits[base + i]) == key)); }
  workgroupBarrier();
  if (lane == 0u) {
    var count = 0u;
    for (var l = 0u; l < WIDTH; l++) { count += atomicLoad(&words[l]); }
    var left = multiply(count, random).y;
    var owner = 0u;
    while (left >= atomicLoad(&words[owner]) && owner < WIDTH - 1u) { left -= atomicLoad(&words[owner]); owner++; }
    var at = owner * stretch;
    for (; at < params.vocabulary - 1u; at++) {
      if (keyOf(logits[base + at]) != key) { continue; }
      if (left == 0u) { break; }
      left -= 1u;
    }
    chosen = at;
  }
  workgroupBarrier();
  return chosen;
}

// The answer is the same for the whole workgroup, so that barriers may follow.
fn hasEnded(row: u32, lane: u32) -> bool {
  if (lane == 0u) { idle = finished[row]; }
  return workgroupUniformLoad(&idle) != 0u;
}

fn settle(row: u32, token: u32) {
  next[row] = token;
  let length = lengths[row];
  let ended = token == params.end0 || token == params.end1 || token == params.end2 || token == params.end3;
  // A full history cannot go on either.
  if (ended || length >= params.capacity) { finished[row] = 1u; return; }
  history[row * params.capacity + length] = token;
  lengths[row] = length + 1u;
}

// Each distinct token of the history once: whoever sets its bit scales its logit.
@compute @workgroup_size(WIDTH)
fn penalise(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  if (hasEnded(group.x, lane)) { return; }
  let length = lengths[group.x];
  for (var first = 0u; first < params.vocabulary; first += SEGMENT) {
    clearWords(WORDS, lane);
    for (var i = lane; i < length; i += WIDTH) {
      let token = history[group.x * params.capacity + i];
      if (token < first || token - first >= SEGMENT || token >= params.vocabulary) { continue; }
      let bit = 1u << (token & 31u);
      if ((atomicOr(&words[(token - first) / 32u], bit) & bit) != 0u) { continue; }
      let at = group.x * params.vocabulary + token;
      logits[at] = select(logits[at] / params.penalty, logits[at] * params.penalty, logits[at] < 0.0);
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(WIDTH)
fn greedy(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  if (hasEnded(group.x, lane)) { return; }
  let token = mostLikely(group.x, lane);
  if (lane == 0u) { settle(group.x, token); }
}

@compute @workgroup_size(WIDTH)
fn draw(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  if (hasEnded(row, lane)) { return; }
  let top = logits[row * params.vocabulary + mostLikely(row, lane)];
  var least = 0u;
  if (params.topK > 0u) { least = reach(row, vec2u(params.topK, 0u), false, top, lane).key; }
  var limit = massFrom(row, least, top, lane);
  if (params.topP > 0u) {
    let goal = scale(limit, params.topP);
    let last = reach(row, select(goal, vec2u(1u, 0u), all(goal == vec2u(0u))), true, top, lane);
    limit = add64(last.above, last.mass);
  }
  let random = pcg3d(vec3u(params.seed, streams[row], params.step));
  let drawn = reach(row, add64(scale(limit, random.x), vec2u(1u, 0u)), true, top, lane);
  let token = oneOf(row, drawn.key, random.y, lane);
  if (lane == 0u) { settle(row, token); }
}
