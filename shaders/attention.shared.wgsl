// Variant of `attention` for graphics cards: a workgroup holds ROWS rows, heads of one query that share keys (forward,
// backwardQuery) or neighbouring keys (backwardKey), and meets all that they see in blocks, as lib/held says.
//   forward        keeps the sums of a running maximum
//   backwardQuery  also makes delta = Σ p·(dOut·v), so that dq = (Σ p·(dOut·v)·k − delta · Σ p·k) / sqrt(headDim)
//   backwardKey    goes over all that see one of its keys: the weight of what does not see a key is zero
// Formulas: attention.wgsl; shapes and bindings: lib/heads.

requires unrestricted_pointer_parameters;

#import lib/grid
#import lib/held

// Heads that share keys, and how many workgroups they make.
override GROUP: u32;
override CHUNKS = (GROUP + ROWS - 1u) / ROWS;

// The keys that a query sees.
struct Keys { ahead: u32, start: u32, count: u32, kvHead: u32 }

fn keysOf(query: u32, kvHead: u32) -> Keys {
  let start = keyStart[query];
  let ahead = min(params.prefix, start);
  return Keys(ahead, start, ahead + keyEnd[query] - start, kvHead);
}

fn keyRows(keys: Keys, n: vec4u) -> vec4u {
  return select(n - keys.ahead + keys.start, n, n < vec4u(keys.ahead)) * params.kvHeads + keys.kvHead;
}

// In long rows the last queries see most: they begin first.
fn queryOf(index: u32) -> u32 { return params.queries - 1u - index; }

fn headsOf(query: u32, z: u32) -> Rows {
  let ahead = z % CHUNKS * ROWS;
  return Rows(query * params.heads + z / CHUNKS * GROUP + ahead, 1u, min(ROWS, GROUP - ahead));
}

// The largest of a block's scores, which are in `weights`.
fn maximum(lane: u32) -> vec4f {
  if (lane < SLICES) {
    var top = weights[lane];
    for (var n = lane + SLICES; n < BLOCK; n += SLICES) { top = max(top, weights[n]); }
    tops[lane] = top;
  }
  workgroupBarrier();
  var top = tops[0];
  for (var slice = 1u; slice < SLICES; slice++) { top = max(top, tops[slice]); }
  return top;
}

@compute @workgroup_size(WIDTH)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = groupIndex(group, groups);
  if (index >= params.queries) { return; }
  let keys = keysOf(queryOf(index), group.z / CHUNKS);
  let rows = headsOf(queryOf(index), group.z);
  hold(&q, rows, 0u, lane);
  workgroupBarrier();
  var sums = mat4x4f();
  var total = vec4f();
  var top = vec4f(LOWEST);
  for (var first = 0u; first < keys.count; first += BLOCK) {
    let have = min(BLOCK, keys.count - first);
    for (var n = lane / PARTS; n < have; n += WIDTH / PARTS) {
      meet(&k, keyRows(keys, vec4u(first + n)).x, 0u, n, lane % PARTS);
    }
    workgroupBarrier();
    var score = vec4f(LOWEST);
    if (lane < have) { score = products(0u, lane) * params.scale; }
    if (lane < BLOCK) { weights[lane] = score; }
    workgroupBarrier();
    let highest = max(top, maximum(lane));
    let weight = select(vec4f(), exp(max(score - highest, vec4f(-100.0))), lane < have);
    if (lane < BLOCK) { weights[lane] = weight; }
    workgroupBarrier();
    // The first block finds empty sums: what they shrink by does not matter.
    let shrink = exp(max(top - highest, vec4f(-100.0)));
    top = highest;
    total *= shrink;
    sums = mat4x4f(sums[0] * shrink.x, sums[1] * shrink.y, sums[2] * shrink.z, sums[3] * shrink.w);
    for (var n = firstOf(lane); n < have; n += 4u * SPLITS) {
      let by = weightsAt(places(n));
      total += columnSums(by);
      add(&sums, four(&v, keyRows(keys, first + min(places(n), vec4u(have - 1u))), lane % VECS), by);
    }
  }
  leave(sums, lane);
  leaveTotal(total, lane);
  workgroupBarrier();
  // A query without keys gets zeros.
  total = max(allTotals(), vec4f(1e-30));
  store(&out, rows, select(vec4f(), 1.0 / total, keys.count > 0u), lane);
  if (lane < rows.count) {
    newStats[rows.first + lane] = vec2f(select(LOWEST, top[lane] + log(total[lane]), keys.count > 0u), 0.0);
  }
}

fn lseOf(rows: Rows) -> vec4f {
  let row = rows.first + min(vec4u(0u, 1u, 2u, 3u), vec4u(rows.count - 1u));
  return vec4f(newStats[row.x].x, newStats[row.y].x, newStats[row.z].x, newStats[row.w].x);
}

@compute @workgroup_size(WIDTH)
fn backwardQuery(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = groupIndex(group, groups);
  if (index >= params.queries) { return; }
  let keys = keysOf(queryOf(index), group.z / CHUNKS);
  let rows = headsOf(queryOf(index), group.z);
  hold(&q, rows, 0u, lane);
  hold(&dOut, rows, 1u, lane);
  let lse = lseOf(rows);
  workgroupBarrier();
  var sloped = mat4x4f();
  var plain = mat4x4f();
  var delta = vec4f();
  for (var first = 0u; first < keys.count; first += BLOCK) {
    let have = min(BLOCK, keys.count - first);
    for (var n = lane / PARTS; n < have; n += WIDTH / PARTS) {
      let key = keyRows(keys, vec4u(first + n)).x;
      meet(&k, key, 0u, n, lane % PARTS);
      meet(&v, key, 1u, n, lane % PARTS);
    }
    workgroupBarrier();
    if (lane < BLOCK) {
      let score = products(0u, lane) * params.scale;
      let weight = select(vec4f(), exp(clamp(score - lse, vec4f(-100.0), vec4f(1.0))), lane < have);
      weights[lane] = weight;
      slopes[lane] = weight * select(vec4f(), products(1u, lane), lane < have);
    }
    workgroupBarrier();
    for (var n = firstOf(lane); n < have; n += 4u * SPLITS) {
      let x = four(&k, keyRows(keys, first + min(places(n), vec4u(have - 1u))), lane % VECS);
      let slope = slopesAt(places(n));
      delta += columnSums(slope);
      add(&sloped, x, slope);
      add(&plain, x, weightsAt(places(n)));
    }
  }
  leaveTotal(delta, lane);
  workgroupBarrier();
  delta = allTotals();
  leave(sloped - mat4x4f(plain[0] * delta.x, plain[1] * delta.y, plain[2] * delta.z, plain[3] * delta.w), lane);
  workgroupBarrier();
  store(&dq, rows, vec4f(params.scale), lane);
  if (lane < rows.count) { newStats[rows.first + lane].y = delta[lane]; }
}

// What sees the keys held: the queries [begin, end), each by all heads of a group.
struct Seen { begin: u32, end: u32, low: vec4u, high: vec4u }

// Key n is seen by the queries [low[n], high[n]), which may be none.
fn seenOf(first: u32, count: u32) -> Seen {
  let key = first + min(vec4u(0u, 1u, 2u, 3u), vec4u(count - 1u));
  let a = seenBy[key.x];
  let b = seenBy[key.y];
  let c = seenBy[key.z];
  let d = seenBy[key.w];
  let low = vec4u(a.x, b.x, c.x, d.x);
  let high = vec4u(a.y, b.y, c.y, d.y);
  let begins = select(vec4u(0xffffffffu), low, low < high);
  let ends = select(vec4u(), high, low < high);
  let end = max(max(ends.x, ends.y), max(ends.z, ends.w));
  return Seen(min(min(min(begins.x, begins.y), min(begins.z, begins.w)), end), end, low, high);
}

fn askRows(begin: u32, kvHead: u32, n: vec4u) -> vec4u {
  return (begin + n / GROUP) * params.heads + kvHead * GROUP + n % GROUP;
}

// Weights of one query's head for the keys held.
fn weigh(slot: u32, query: u32, saw: vec2f, seen: Seen) {
  let sees = (vec4u(query) >= seen.low) & (vec4u(query) < seen.high);
  let score = products(0u, slot) * params.scale;
  let weight = select(vec4f(), exp(clamp(score - saw.x, vec4f(-100.0), vec4f(1.0))), sees);
  weights[slot] = weight;
  slopes[slot] = weight * (products(1u, slot) - saw.y) * params.scale;
}

@compute @workgroup_size(WIDTH)
fn backwardKey(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let key = groupIndex(group, groups) * ROWS;
  if (key >= params.keys) { return; }
  let rows = Rows(key * params.kvHeads + group.z, params.kvHeads, min(ROWS, params.keys - key));
  let seen = seenOf(key, rows.count);
  // Keys that nobody sees begin past the end.
  let count = (max(seen.begin, seen.end) - seen.begin) * GROUP;
  hold(&k, rows, 0u, lane);
  hold(&v, rows, 1u, lane);
  workgroupBarrier();
  var dKey = mat4x4f();
  var dValue = mat4x4f();
  for (var first = 0u; first < count; first += BLOCK) {
    let have = min(BLOCK, count - first);
    // Fetched here, where nobody waits for it yet.
    let mine = askRows(seen.begin, group.z, vec4u(first + min(lane, have - 1u))).x;
    let saw = stats[mine];
    for (var n = lane / PARTS; n < have; n += WIDTH / PARTS) {
      let row = askRows(seen.begin, group.z, vec4u(first + n)).x;
      meet(&q, row, 0u, n, lane % PARTS);
      meet(&dOut, row, 1u, n, lane % PARTS);
    }
    workgroupBarrier();
    if (lane < BLOCK) {
      weights[lane] = vec4f();
      slopes[lane] = vec4f();
    }
    if (lane < have) { weigh(lane, mine / params.heads, saw, seen); }
    workgroupBarrier();
    for (var n = firstOf(lane); n < have; n += 4u * SPLITS) {
      let row = askRows(seen.begin, group.z, first + min(places(n), vec4u(have - 1u)));
      add(&dKey, four(&q, row, lane % VECS), slopesAt(places(n)));
      add(&dValue, four(&dOut, row, lane % VECS), weightsAt(places(n)));
    }
  }
  leave(dKey, lane);
  workgroupBarrier();
  store(&dk, rows, vec4f(1.0), lane);
  workgroupBarrier();
  leave(dValue, lane);
  workgroupBarrier();
  store(&dv, rows, vec4f(1.0), lane);
}
