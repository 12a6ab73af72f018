// Variant of `linear` for few rows, as in decoding: LANES invocations share one sum, so that the weight, which then costs
// the most, is read by neighbours in one line. Each keeps the sums of eight rows by four outputs; they are added up in a
// fixed order. Forward only. Formula: linear.wgsl; shapes: lib/projection. Inputs must be a multiple of 8.

#import lib/projection

override LANES = 16u; // of 64 invocations
override TEAMS = 4u;  // 64 / LANES: groups of four outputs in a workgroup

const ROWS = 8u;

var<workgroup> shares: array<array<vec4f, ROWS>, 64>;

// Eight values of x.
struct Eight { low: vec4f, high: vec4f }

fn eight(words: vec4u) -> Eight { return Eight(unpack(words.xy), unpack(words.zw)); }

fn dot8(x: Eight, w: Eight) -> f32 { return dot(x.low, w.low) + dot(x.high, w.high); }

fn dots(at: u32, w0: Eight, w1: Eight, w2: Eight, w3: Eight) -> vec4f {
  let v = Eight(x[at], x[at + 1u]);
  return vec4f(dot8(v, w0), dot8(v, w1), dot8(v, w2), dot8(v, w3));
}

// scale · u Bᵀ of one row and four outputs.
fn adapted(p: u32, m: u32, n: vec4u) -> vec4f {
  let rank = params.rank[p];
  let row = params.lowAt[p] + m * rank;
  let at = params.factorAt[p] + n * rank;
  var low = vec4f();
  for (var r = 0u; r < rank; r++) { low += u[row + r] * vec4f(b[at.x + r], b[at.y + r], b[at.z + r], b[at.w + r]); }
  return params.scale[p] * low;
}

@compute @workgroup_size(LANES, TEAMS)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let p = partOf(group.x, params.tiles);
  let n = ((group.x - params.tiles[p]) * TEAMS + local.y) * 4u;
  let m = group.y * ROWS;
  let outputs = params.outputs[p];
  let stride = params.inputs / 8u;
  let column = min(n + vec4u(0u, 1u, 2u, 3u), vec4u(outputs - 1u));
  let line = params.weightAt[p] / 4u + column * stride;
  // Rows past the end repeat the last one; they are computed and not stored.
  let top = min(m + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u)) * 2u * stride;
  let bottom = min(m + vec4u(4u, 5u, 6u, 7u), vec4u(params.rows - 1u)) * 2u * stride;
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  var s4 = vec4f(); var s5 = vec4f(); var s6 = vec4f(); var s7 = vec4f();
  for (var k = local.x; k < stride; k += LANES) {
    let w0 = eight(weightWide[line.x + k]); let w1 = eight(weightWide[line.y + k]);
    let w2 = eight(weightWide[line.z + k]); let w3 = eight(weightWide[line.w + k]);
    let at = 2u * k;
    s0 += dots(top.x + at, w0, w1, w2, w3);
    s1 += dots(top.y + at, w0, w1, w2, w3);
    s2 += dots(top.z + at, w0, w1, w2, w3);
    s3 += dots(top.w + at, w0, w1, w2, w3);
    s4 += dots(bottom.x + at, w0, w1, w2, w3);
    s5 += dots(bottom.y + at, w0, w1, w2, w3);
    s6 += dots(bottom.z + at, w0, w1, w2, w3);
    s7 += dots(bottom.w + at, w0, w1, w2, w3);
  }
  let slot = local.y * LANES + local.x;
  shares[slot][0] = s0; shares[slot][1] = s1; shares[slot][2] = s2; shares[slot][3] = s3;
  shares[slot][4] = s4; shares[slot][5] = s5; shares[slot][6] = s6; shares[slot][7] = s7;
  workgroupBarrier();
  // One row for each of the first eight lanes.
  let row = m + local.x;
  if (local.x >= ROWS || row >= params.rows) { return; }
  var sum = vec4f();
  for (var lane = 0u; lane < LANES; lane++) { sum += shares[local.y * LANES + lane][local.x]; }
  if (LORA == 1u) { sum += adapted(p, row, column); }
  store4(p, 0u, row, n, sum);
}
