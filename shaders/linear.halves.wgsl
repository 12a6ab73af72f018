// x and dy as matrices of f16 (lib/halves), for `linear.matrices`: a workgroup for every row, those past the last become zeros.

#import lib/projection
#import lib/halves

@group(0) @binding(0) var<storage, read> dyWide: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> newHalves: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> newScales: array<f32>;

// 1 where every row of dy begins and ends on a vector.
override WHOLE_VECTORS = 0u;

const WIDTH = 128u;
var<workgroup> largest: array<f32, WIDTH>;

struct Eight { low: vec4f, high: vec4f }

fn magnitude(v: Eight) -> f32 {
  let most = max(abs(v.low), abs(v.high));
  return max(max(most.x, most.y), max(most.z, most.w));
}

fn largestOf(index: u32, mine: f32) -> f32 {
  largest[index] = mine;
  for (var width = WIDTH / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (index < width) { largest[index] = max(largest[index], largest[index + width]); }
  }
  workgroupBarrier();
  return largest[0];
}

// The power of two that brings the row's largest number to between 2^14 and 2^15, as bits.
fn scaleBits(most: f32) -> u32 { return clamp(268u - (bitcast<u32>(most) >> 23u), 1u, 253u) << 23u; }

// The ten bits after the first: what one f16 keeps. Cut, not rounded: a compiler may take packing and unpacking for nothing.
fn cut(v: vec4f) -> vec4f { return bitcast<vec4f>(bitcast<vec4u>(v) & vec4u(0xffffe000u)); }

fn packed(low: vec4f, high: vec4f) -> vec4u {
  return vec4u(pack2x16float(low.xy), pack2x16float(low.zw), pack2x16float(high.xy), pack2x16float(high.zw));
}

fn putHalves(m: u32, all: u32, g: u32, v: Eight, scale: f32) {
  let low = v.low * scale;
  let high = v.high * scale;
  newHalves[2u * m * all + g] = packed(cut(low), cut(high));
  newHalves[(2u * m + 1u) * all + g] = packed(low - cut(low), high - cut(high));
}

fn putScale(m: u32, index: u32, bits: u32) {
  if (index == 0u) { newScales[m] = bitcast<f32>((254u << 23u) - bits) / WEIGHT_SCALE; }
}

fn x8(m: u32, g: u32) -> Eight {
  if (m >= params.rows || 8u * g >= params.inputs) { return Eight(); }
  let at = (m * params.inputs) / 4u + 2u * g;
  return Eight(x[at], x[at + 1u]);
}

@compute @workgroup_size(WIDTH)
fn halveX(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let m = group.x;
  let all = STAGE * stagesOf(params.inputs);
  var most = 0.0;
  for (var g = index; g < all; g += WIDTH) { most = max(most, magnitude(x8(m, g))); }
  let bits = scaleBits(largestOf(index, most));
  for (var g = index; g < all; g += WIDTH) { putHalves(m, all, g, x8(m, g), bitcast<f32>(bits)); }
  putScale(m, index, bits);
}

// A stage of the terms going back: of which part, and its first output.
struct Place { part: u32, n: u32 }

fn placeOf(stage: u32) -> Place {
  var rest = stage;
  for (var p = 0u; p < params.parts; p++) {
    let stages = stagesOf(params.outputs[p]);
    if (rest < stages) { return Place(p, 32u * rest); }
    rest -= stages;
  }
  return Place(0u, 0u);
}

fn dyAt(i: u32) -> f32 { return dyWide[i / 4u][i % 4u]; }

fn dy8(m: u32, g: u32) -> Eight {
  let place = placeOf(g / STAGE);
  let n = place.n + 8u * (g % STAGE);
  let outputs = params.outputs[place.part];
  if (m >= params.rows || n >= outputs) { return Eight(); }
  let row = params.outAt[place.part] + m * params.pitch[place.part];
  if (WHOLE_VECTORS == 1u) {
    let quad = (row + n) / 4u;
    return Eight(dyWide[quad], select(vec4f(), dyWide[quad + 1u], n + 4u < outputs));
  }
  let first = n + vec4u(0u, 1u, 2u, 3u);
  let at = row + min(first, vec4u(outputs - 1u));
  let next = row + min(first + 4u, vec4u(outputs - 1u));
  return Eight(
    select(vec4f(), vec4f(dyAt(at.x), dyAt(at.y), dyAt(at.z), dyAt(at.w)), first < vec4u(outputs)),
    select(vec4f(), vec4f(dyAt(next.x), dyAt(next.y), dyAt(next.z), dyAt(next.w)), first + 4u < vec4u(outputs)),
  );
}

@compute @workgroup_size(WIDTH)
fn halveDy(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let m = group.x;
  let all = STAGE * backwardStages();
  var most = 0.0;
  for (var g = index; g < all; g += WIDTH) { most = max(most, magnitude(dy8(m, g))); }
  let bits = scaleBits(largestOf(index, most));
  for (var g = index; g < all; g += WIDTH) { putHalves(m, all, g, dy8(m, g), bitcast<f32>(bits)); }
  putScale(m, index, bits);
}

