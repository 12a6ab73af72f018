// Frozen projections of one input, each with its low-rank adapter in the same loop. For every part p of at most four:
//   forward   y_p = residual + x W_pᵀ + bias_p + scale_p · u_p B_pᵀ        (u = dropout(x) Aᵀ, made by lora.project)
//   backward  dx  = dx·accumulate + Σ_p dy_p W_p + dropout_p(t_p A_p)      (t = scale · dy B, made by lora.backproject)
// Shapes of all tensors: lib/projection. Variants for graphics cards: linear.tiles64, linear.tiles128, linear.lanes.
// One invocation makes a tile of 8 rows by 8 columns in registers and shares nothing: what CPU adapters do best.
// `forwardAny` and `backwardAny` serve widths that are not multiples of 8, one element per invocation.

#import lib/projection

// Four columns of Wᵀ, four inputs of each: x · columns is four of y.
fn columns(at: vec4u, k: u32) -> mat4x4f {
  return mat4x4f(unpack(weight[at.x + k]), unpack(weight[at.y + k]), unpack(weight[at.z + k]), unpack(weight[at.w + k]));
}

@compute @workgroup_size(8, 8)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let p = partOf(group.x, params.tiles);
  let outputs = params.outputs[p];
  let m = (group.y * 8u + local.y) * 8u;
  let n = ((group.x - params.tiles[p]) * 8u + local.x) * 8u;
  if (m >= params.rows || n >= outputs) { return; }
  let stride = params.inputs / 4u;
  let first = params.weightAt[p] / 2u;
  // Rows and columns past the end repeat the last one; they are computed and not stored.
  let top = min(m + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u)) * stride;
  let bottom = min(m + vec4u(4u, 5u, 6u, 7u), vec4u(params.rows - 1u)) * stride;
  let left = first + min(n + vec4u(0u, 1u, 2u, 3u), vec4u(outputs - 1u)) * stride;
  let right = first + min(n + vec4u(4u, 5u, 6u, 7u), vec4u(outputs - 1u)) * stride;
  var l0 = vec4f(); var l1 = vec4f(); var l2 = vec4f(); var l3 = vec4f();
  var l4 = vec4f(); var l5 = vec4f(); var l6 = vec4f(); var l7 = vec4f();
  var r0 = vec4f(); var r1 = vec4f(); var r2 = vec4f(); var r3 = vec4f();
  var r4 = vec4f(); var r5 = vec4f(); var r6 = vec4f(); var r7 = vec4f();
  for (var k = 0u; k < stride; k++) {
    let x0 = x[top.x + k]; let x1 = x[top.y + k]; let x2 = x[top.z + k]; let x3 = x[top.w + k];
    let x4 = x[bottom.x + k]; let x5 = x[bottom.y + k]; let x6 = x[bottom.z + k]; let x7 = x[bottom.w + k];
    let w = columns(left, k);
    l0 += x0 * w;
    l1 += x1 * w;
    l2 += x2 * w;
    l3 += x3 * w;
    l4 += x4 * w;
    l5 += x5 * w;
    l6 += x6 * w;
    l7 += x7 * w;
    let z = columns(right, k);
    r0 += x0 * z;
    r1 += x1 * z;
    r2 += x2 * z;
    r3 += x3 * z;
    r4 += x4 * z;
    r5 += x5 * z;
    r6 += x6 * z;
    r7 += x7 * z;
  }
  if (LORA == 1u) {
    // The adapter is rank further steps of the same loop.
    let rank = params.rank[p];
    let scale = params.scale[p];
    let ut = params.lowAt[p] + min(m + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u)) * rank;
    let ub = params.lowAt[p] + min(m + vec4u(4u, 5u, 6u, 7u), vec4u(params.rows - 1u)) * rank;
    let bl = params.factorAt[p] + min(n + vec4u(0u, 1u, 2u, 3u), vec4u(outputs - 1u)) * rank;
    let br = params.factorAt[p] + min(n + vec4u(4u, 5u, 6u, 7u), vec4u(outputs - 1u)) * rank;
    for (var r = 0u; r < rank; r++) {
      let a = scale * vec4f(b[bl.x + r], b[bl.y + r], b[bl.z + r], b[bl.w + r]);
      let c = scale * vec4f(b[br.x + r], b[br.y + r], b[br.z + r], b[br.w + r]);
      let u0 = u[ut.x + r]; let u1 = u[ut.y + r]; let u2 = u[ut.z + r]; let u3 = u[ut.w + r];
      let u4 = u[ub.x + r]; let u5 = u[ub.y + r]; let u6 = u[ub.z + r]; let u7 = u[ub.w + r];
      l0 += u0 * a; l1 += u1 * a; l2 += u2 * a; l3 += u3 * a; l4 += u4 * a; l5 += u5 * a; l6 += u6 * a; l7 += u7 * a;
      r0 += u0 * c; r1 += u1 * c; r2 += u2 * c; r3 += u3 * c; r4 += u4 * c; r5 += u5 * c; r6 += u6 * c; r7 += u7 * c;
    }
  }
  store4(p, 0u, m, n, l0); store4(p, 0u, m, n + 4u, r0);
  store4(p, 0u, m + 1u, n, l1); store4(p, 0u, m + 1u, n + 4u, r1);
  store4(p, 0u, m + 2u, n, l2); store4(p, 0u, m + 2u, n + 4u, r2);
  store4(p, 0u, m + 3u, n, l3); store4(p, 0u, m + 3u, n + 4u, r3);
  store4(p, 0u, m + 4u, n, l4); store4(p, 0u, m + 4u, n + 4u, r4);
  store4(p, 0u, m + 5u, n, l5); store4(p, 0u, m + 5u, n + 4u, r5);
  store4(p, 0u, m + 6u, n, l6); store4(p, 0u, m + 6u, n + 4u, r6);
  store4(p, 0u, m + 7u, n, l7); store4(p, 0u, m + 7u, n + 4u, r7);
}

@compute @workgroup_size(8, 8)
fn forwardAny(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let p = partOf(group.x, params.tiles);
  let m = group.y * 8u + local.y;
  let n = (group.x - params.tiles[p]) * 8u + local.x;
  if (m >= params.rows || n >= params.outputs[p]) { return; }
  let first = 2u * params.weightAt[p] + n * params.inputs;
  var sum = 0.0;
  for (var k = 0u; k < params.inputs; k++) { sum += xAny[m * params.inputs + k] * weightAt(first + k); }
  if (LORA == 1u) {
    let rank = params.rank[p];
    var low = 0.0;
    for (var r = 0u; r < rank; r++) { low += u[params.lowAt[p] + m * rank + r] * b[params.factorAt[p] + n * rank + r]; }
    sum += params.scale[p] * low;
  }
  y[params.outAt[p] + m * params.pitch[p] + n] = sum + rest(params.biasAt[p], params.outputs[p], m, n);
}

fn storeWide(m: u32, quad: u32, low: vec4f, high: vec4f) {
  if (m >= params.rows) { return; }
  let at = m * (params.inputs / 4u) + quad;
  var first = low;
  var second = high;
  if (params.accumulate != 0.0) {
    first += dx[at];
    second += dx[at + 1u];
  }
  dx[at] = first;
  dx[at + 1u] = second;
}

@compute @workgroup_size(8, 8)
fn backward(@builtin(global_invocation_id) id: vec3u) {
  let m = id.y * 8u;
  let eight = id.x;
  let quad = eight * 2u;
  let stride = params.inputs / 8u;
  if (m >= params.rows || eight >= stride) { return; }
  let upper = min(m + vec4u(0u, 1u, 2u, 3u), vec4u(params.rows - 1u));
  let lower = min(m + vec4u(4u, 5u, 6u, 7u), vec4u(params.rows - 1u));
  var l0 = vec4f(); var l1 = vec4f(); var l2 = vec4f(); var l3 = vec4f();
  var l4 = vec4f(); var l5 = vec4f(); var l6 = vec4f(); var l7 = vec4f();
  var h0 = vec4f(); var h1 = vec4f(); var h2 = vec4f(); var h3 = vec4f();
  var h4 = vec4f(); var h5 = vec4f(); var h6 = vec4f(); var h7 = vec4f();
  for (var p = 0u; p < params.parts; p++) {
    // What does not change in a loop is looked up before it: indexing a uniform by part is slow on CPU adapters.
    let outputs = params.outputs[p];
    if (LORA == 1u) {
      // The adapter's share apart, as dropout falls on it alone.
      let rank = params.rank[p];
      let seed = params.seed[p];
      let tt = params.lowAt[p] + upper * rank;
      let tb = params.lowAt[p] + lower * rank;
      let factor = params.factorAt[p] / 4u + quad;
      var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
      var a4 = vec4f(); var a5 = vec4f(); var a6 = vec4f(); var a7 = vec4f();
      var b0 = vec4f(); var b1 = vec4f(); var b2 = vec4f(); var b3 = vec4f();
      var b4 = vec4f(); var b5 = vec4f(); var b6 = vec4f(); var b7 = vec4f();
      for (var r = 0u; r < rank; r++) {
        let low = a[factor + r * stride * 2u];
        let high = a[factor + r * stride * 2u + 1u];
        let t0 = t[tt.x + r]; let t1 = t[tt.y + r]; let t2 = t[tt.z + r]; let t3 = t[tt.w + r];
        let t4 = t[tb.x + r]; let t5 = t[tb.y + r]; let t6 = t[tb.z + r]; let t7 = t[tb.w + r];
        a0 += t0 * low; a1 += t1 * low; a2 += t2 * low; a3 += t3 * low;
        a4 += t4 * low; a5 += t5 * low; a6 += t6 * low; a7 += t7 * low;
        b0 += t0 * high; b1 += t1 * high; b2 += t2 * high; b3 += t3 * high;
        b4 += t4 * high; b5 += t5 * high; b6 += t6 * high; b7 += t7 * high;
      }
      l0 += a0 * mask(m, quad, seed); h0 += b0 * mask(m, quad + 1u, seed);
      l1 += a1 * mask(m + 1u, quad, seed); h1 += b1 * mask(m + 1u, quad + 1u, seed);
      l2 += a2 * mask(m + 2u, quad, seed); h2 += b2 * mask(m + 2u, quad + 1u, seed);
      l3 += a3 * mask(m + 3u, quad, seed); h3 += b3 * mask(m + 3u, quad + 1u, seed);
      l4 += a4 * mask(m + 4u, quad, seed); h4 += b4 * mask(m + 4u, quad + 1u, seed);
      l5 += a5 * mask(m + 5u, quad, seed); h5 += b5 * mask(m + 5u, quad + 1u, seed);
      l6 += a6 * mask(m + 6u, quad, seed); h6 += b6 * mask(m + 6u, quad + 1u, seed);
      l7 += a7 * mask(m + 7u, quad, seed); h7 += b7 * mask(m + 7u, quad + 1u, seed);
    }
    let top = params.outAt[p] + upper * params.pitch[p];
    let bottom = params.outAt[p] + lower * params.pitch[p];
    let first = params.weightAt[p] / 4u + eight;
    for (var n = 0u; n < outputs; n++) {
      let words = weightWide[first + n * stride];
      let low = unpack(words.xy);
      let high = unpack(words.zw);
      let d0 = dy[top.x + n]; let d1 = dy[top.y + n]; let d2 = dy[top.z + n]; let d3 = dy[top.w + n];
      let d4 = dy[bottom.x + n]; let d5 = dy[bottom.y + n]; let d6 = dy[bottom.z + n]; let d7 = dy[bottom.w + n];
      l0 += d0 * low; l1 += d1 * low; l2 += d2 * low; l3 += d3 * low;
      l4 += d4 * low; l5 += d5 * low; l6 += d6 * low; l7 += d7 * low;
      h0 += d0 * high; h1 += d1 * high; h2 += d2 * high; h3 += d3 * high;
      h4 += d4 * high; h5 += d5 * high; h6 += d6 * high; h7 += d7 * high;
    }
  }
  storeWide(m, quad, l0, h0);
  storeWide(m + 1u, quad, l1, h1);
  storeWide(m + 2u, quad, l2, h2);
  storeWide(m + 3u, quad, l3, h3);
  storeWide(m + 4u, quad, l4, h4);
  storeWide(m + 5u, quad, l5, h5);
  storeWide(m + 6u, quad, l6, h6);
  storeWide(m + 7u, quad, l7, h7);
}

// (dy W + dropout(t A))[m, k] of part p.
fn partAny(p: u32, m: u32, k: u32) -> f32 {
  let row = params.outAt[p] + m * params.pitch[p];
  let column = 2u * params.weightAt[p] + k;
  var sum = 0.0;
  for (var n = 0u; n < params.outputs[p]; n++) { sum += dy[row + n] * weightAt(column + n * params.inputs); }
  if (LORA == 0u) { return sum; }
  let rank = params.rank[p];
  var low = 0.0;
  for (var r = 0u; r < rank; r++) {
    low += t[params.lowAt[p] + m * rank + r] * aAny[params.factorAt[p] + r * params.inputs + k];
  }
  return sum + low * dropout4(m, k / 4u, params.seed[p], params.threshold, params.keep)[k % 4u];
}

@compute @workgroup_size(8, 8)
fn backwardAny(@builtin(global_invocation_id) id: vec3u) {
  if (id.y >= params.rows || id.x >= params.inputs) { return; }
  let at = id.y * params.inputs + id.x;
  var sum = 0.0;
  if (params.accumulate != 0.0) { sum = dxAny[at]; }
  for (var p = 0u; p < params.parts; p++) { sum += partAny(p, id.y, id.x); }
  dxAny[at] = sum;
}
