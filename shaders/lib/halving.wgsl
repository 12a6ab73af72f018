// Rows of x or dy cut into halves (lib/halves), each by a workgroup of WIDTH invocations, a power of two; those past the last row
// become zeros. Who imports it has both as `xWide`, and params.rows, .inputs (a multiple of 8) and .outputs, which are 0 of
// absent parts; where row m of a part's dy begins tells `dyAt`; WHOLE_VECTORS is 1 where each begins and ends on a vector.

#import lib/halves

@group(0) @binding(4) var<storage, read_write> newHalves: array<vec4u>;
@group(0) @binding(5) var<storage, read_write> newScales: array<f32>;

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
  return workgroupUniformLoad(&largest[0]);
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
  return Eight(xWide[at], xWide[at + 1u]);
}

fn halveRowOfX(m: u32, index: u32) {
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
  for (var p = 0u; p < 4u; p++) {
    let stages = stagesOf(params.outputs[p]);
    if (rest < stages) { return Place(p, 32u * rest); }
    rest -= stages;
  }
  return Place(0u, 0u);
}

fn dyOf(i: u32) -> f32 { return xWide[i / 4u][i % 4u]; }

fn dy8(m: u32, g: u32) -> Eight {
  let place = placeOf(g / STAGE);
  let n = place.n + 8u * (g % STAGE);
  let outputs = params.outputs[place.part];
  if (m >= params.rows || n >= outputs) { return Eight(); }
  let row = dyAt(place.part, m);
  if (WHOLE_VECTORS == 1u) {
    let quad = (row + n) / 4u;
    return Eight(xWide[quad], select(vec4f(), xWide[quad + 1u], n + 4u < outputs));
  }
  let first = n + vec4u(0u, 1u, 2u, 3u);
  let at = row + min(first, vec4u(outputs - 1u));
  let next = row + min(first + 4u, vec4u(outputs - 1u));
  return Eight(
    select(vec4f(), vec4f(dyOf(at.x), dyOf(at.y), dyOf(at.z), dyOf(at.w)), first < vec4u(outputs)),
    select(vec4f(), vec4f(dyOf(next.x), dyOf(next.y), dyOf(next.z), dyOf(next.w)), first + 4u < vec4u(outputs)),
  );
}

fn halveRowOfDy(m: u32, index: u32) {
  let all = STAGE * backwardStages();
  var most = 0.0;
  for (var g = index; g < all; g += WIDTH) { most = max(most, magnitude(dy8(m, g))); }
  let bits = scaleBits(largestOf(index, most));
  for (var g = index; g < all; g += WIDTH) { putHalves(m, all, g, dy8(m, g), bitcast<f32>(bits)); }
  putScale(m, index, bits);
}
