// Attention over packed rows with a shared prefix and grouped KV heads, flash style: nothing of size queries × keys.
// Query t sees n(t) keys: [0, min(prefix, keyStart[t])) and [keyStart[t], keyEnd[t]).
//   forward        s = q·k / sqrt(headDim);  lse = log Σ exp(s);  p = exp(s − lse);  out = Σ p·v
//   backwardDelta  delta = dOut·out
//   backwardQuery  dq = Σ ds·k / sqrt(headDim),  ds = p·(dOut·v − delta)
//   backwardKey    dk = Σ ds·q / sqrt(headDim),  dv = Σ p·dOut,  over the queries [seenBy[j].x, seenBy[j].y) of key j and the heads of
//                  its group: what all rows send to a shared prefix is summed here, in a fixed order
// Shapes and bindings: lib/heads.
// For CPU adapters, where loads and barriers cost most; graphics cards get attention.shared. An invocation makes a part of a
// head in registers, HELD slices of 32 elements, and waits for no other. A head of 32, 64, 96 or 128 is one part; others have
// parts of one slice, and the invocation of each computes the whole score.

requires unrestricted_pointer_parameters;

#import lib/grid
#import lib/heads

// Slices of a head that one invocation makes, at most 4.
override HELD = 1u;

const WIDTH = 64u;

// 32 elements. Named, not indexed: an array in private memory would be neither fast nor in registers.
struct Slice { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f, g: vec4f, h: vec4f }

fn dotOf(x: Slice, y: Slice) -> f32 {
  let sum = ((x.a * y.a + x.b * y.b) + (x.c * y.c + x.d * y.d)) + ((x.e * y.e + x.f * y.f) + (x.g * y.g + x.h * y.h));
  return (sum.x + sum.y) + (sum.z + sum.w);
}

fn scaledSlice(x: Slice, by: f32) -> Slice {
  return Slice(x.a * by, x.b * by, x.c * by, x.d * by, x.e * by, x.f * by, x.g * by, x.h * by);
}

fn plusSlice(x: Slice, by: f32, y: Slice) -> Slice {
  return Slice(x.a + by * y.a, x.b + by * y.b, x.c + by * y.c, x.d + by * y.d,
               x.e + by * y.e, x.f + by * y.f, x.g + by * y.g, x.h + by * y.h);
}

// What an invocation makes: HELD slices, the others are never used.
struct Part { first: Slice, second: Slice, third: Slice, fourth: Slice }

fn dotOfParts(x: Part, y: Part) -> f32 {
  var sum = dotOf(x.first, y.first);
  if (HELD > 1u) { sum += dotOf(x.second, y.second); }
  if (HELD > 2u) { sum += dotOf(x.third, y.third); }
  if (HELD > 3u) { sum += dotOf(x.fourth, y.fourth); }
  return sum;
}

fn scaled(x: Part, by: f32) -> Part {
  var y = Part();
  y.first = scaledSlice(x.first, by);
  if (HELD > 1u) { y.second = scaledSlice(x.second, by); }
  if (HELD > 2u) { y.third = scaledSlice(x.third, by); }
  if (HELD > 3u) { y.fourth = scaledSlice(x.fourth, by); }
  return y;
}

fn add(sums: ptr<function, Part>, by: f32, y: Part) {
  (*sums).first = plusSlice((*sums).first, by, y.first);
  if (HELD > 1u) { (*sums).second = plusSlice((*sums).second, by, y.second); }
  if (HELD > 2u) { (*sums).third = plusSlice((*sums).third, by, y.third); }
  if (HELD > 3u) { (*sums).fourth = plusSlice((*sums).fourth, by, y.fourth); }
}

fn at(m: ptr<storage, array<vec4f>, read>, row: u32, i: u32) -> vec4f {
  if (VECS % (8u * HELD) == 0u && PAIRS % 2u == 0u) { return m[row * VECS + i]; }
  return elements(m, row, i);
}

fn loadSlice(m: ptr<storage, array<vec4f>, read>, row: u32, i: u32) -> Slice {
  return Slice(at(m, row, i), at(m, row, i + 1u), at(m, row, i + 2u), at(m, row, i + 3u),
               at(m, row, i + 4u), at(m, row, i + 5u), at(m, row, i + 6u), at(m, row, i + 7u));
}

fn load(m: ptr<storage, array<vec4f>, read>, row: u32, i: u32) -> Part {
  var x = Part();
  x.first = loadSlice(m, row, i);
  if (HELD > 1u) { x.second = loadSlice(m, row, i + 8u); }
  if (HELD > 2u) { x.third = loadSlice(m, row, i + 16u); }
  if (HELD > 3u) { x.fourth = loadSlice(m, row, i + 24u); }
  return x;
}

fn storeSlice(m: ptr<storage, array<vec2f>, read_write>, row: u32, i: u32, x: Slice) {
  put(m, row, i, x.a);
  put(m, row, i + 1u, x.b);
  put(m, row, i + 2u, x.c);
  put(m, row, i + 3u, x.d);
  put(m, row, i + 4u, x.e);
  put(m, row, i + 5u, x.f);
  put(m, row, i + 6u, x.g);
  put(m, row, i + 7u, x.h);
}

fn store(m: ptr<storage, array<vec2f>, read_write>, row: u32, i: u32, x: Part) {
  storeSlice(m, row, i, x.first);
  if (HELD > 1u) { storeSlice(m, row, i + 8u, x.second); }
  if (HELD > 2u) { storeSlice(m, row, i + 16u, x.third); }
  if (HELD > 3u) { storeSlice(m, row, i + 24u, x.fourth); }
}

// How many invocations make a head.
fn partsOfHead() -> u32 { return (VECS + 8u * HELD - 1u) / (8u * HELD); }

// x·y over the whole head; the callers have the part at 0 of both in registers already.
fn dotOfRest(x: ptr<storage, array<vec4f>, read>, row: u32, y: ptr<storage, array<vec4f>, read>, key: u32) -> f32 {
  var sum = 0.0;
  for (var i = 8u * HELD; i < VECS; i += 8u) { sum += dotOf(loadSlice(x, row, i), loadSlice(y, key, i)); }
  return sum;
}

// The part at i, which may be the one at 0 that is in registers.
fn again(first: Part, m: ptr<storage, array<vec4f>, read>, row: u32, i: u32) -> Part {
  if (8u * HELD >= VECS) { return first; }
  return load(m, row, i);
}

// The n-th key that a query sees, `ahead` of them in the prefix.
fn keyAt(n: u32, ahead: u32, start: u32) -> u32 { return select(n - ahead + start, n, n < ahead); }

@compute @workgroup_size(WIDTH)
fn forward(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let head = id.y / partsOfHead();
  let part = id.y % partsOfHead() * 8u * HELD;
  if (query >= params.queries) { return; }
  let row = query * params.heads + head;
  let kvHead = head * params.kvHeads / params.heads;
  let mine = load(&q, row, 0u);
  var sums = Part();
  let start = keyStart[query];
  let ahead = min(params.prefix, start);
  let count = ahead + keyEnd[query] - start;
  var top = LOWEST;
  var total = 0.0;
  for (var n = 0u; n < count; n++) {
    let key = keyAt(n, ahead, start) * params.kvHeads + kvHead;
    let score = (dotOfParts(mine, load(&k, key, 0u)) + dotOfRest(&q, row, &k, key)) * params.scale;
    if (score > top) {
      // The first key finds empty sums: what they shrink by does not matter.
      let shrink = exp(max(top - score, -100.0));
      total *= shrink;
      sums = scaled(sums, shrink);
      top = score;
    }
    let weight = exp(max(score - top, -100.0));
    total += weight;
    add(&sums, weight, load(&v, key, part));
  }
  // A query without keys gets zeros.
  store(&out, row, part, scaled(sums, select(0.0, 1.0 / max(total, 1e-30), count > 0u)));
  if (part == 0u) { newStats[row] = vec2f(select(LOWEST, top + log(max(total, 1e-30)), count > 0u), 0.0); }
}

@compute @workgroup_size(WIDTH)
fn backwardDelta(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.queries) { return; }
  let row = id.x * params.heads + id.y;
  var sum = vec4f(0.0);
  for (var i = 0u; i < VECS; i++) { sum += at(&saved, row, i) * at(&dOut, row, i); }
  newStats[row].y = (sum.x + sum.y) + (sum.z + sum.w);
}

@compute @workgroup_size(WIDTH)
fn backwardQuery(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let head = id.y / partsOfHead();
  let part = id.y % partsOfHead() * 8u * HELD;
  if (query >= params.queries) { return; }
  let row = query * params.heads + head;
  let kvHead = head * params.kvHeads / params.heads;
  let mine = load(&q, row, 0u);
  let above = load(&dOut, row, 0u);
  let saw = stats[row];
  var sums = Part();
  let start = keyStart[query];
  let ahead = min(params.prefix, start);
  let count = ahead + keyEnd[query] - start;
  for (var n = 0u; n < count; n++) {
    let key = keyAt(n, ahead, start) * params.kvHeads + kvHead;
    let its = load(&k, key, 0u);
    let score = (dotOfParts(mine, its) + dotOfRest(&q, row, &k, key)) * params.scale;
    let slope = dotOfParts(above, load(&v, key, 0u)) + dotOfRest(&dOut, row, &v, key);
    let weight = exp(clamp(score - saw.x, -100.0, 1.0));
    add(&sums, weight * (slope - saw.y), again(its, &k, key, part));
  }
  store(&dq, row, part, scaled(sums, params.scale));
}

@compute @workgroup_size(WIDTH)
fn backwardKey(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let row = groupIndex(group, groups) * WIDTH + index;
  let part = group.z * 8u * HELD;
  if (row >= params.keys * params.kvHeads) { return; }
  let key = row / params.kvHeads;
  let perGroup = params.heads / params.kvHeads;
  let firstHead = row % params.kvHeads * perGroup;
  let seen = seenBy[key];
  let pairs = (seen.y - seen.x) * perGroup;
  let mine = load(&k, row, 0u);
  let value = load(&v, row, 0u);
  var dKey = Part();
  var dValue = Part();
  for (var n = 0u; n < pairs; n++) {
    let query = (seen.x + n / perGroup) * params.heads + firstHead + n % perGroup;
    let asks = load(&q, query, 0u);
    let above = load(&dOut, query, 0u);
    let score = (dotOfParts(mine, asks) + dotOfRest(&k, row, &q, query)) * params.scale;
    let slope = dotOfParts(value, above) + dotOfRest(&v, row, &dOut, query);
    let saw = stats[query];
    let weight = exp(clamp(score - saw.x, -100.0, 1.0));
    add(&dKey, weight * (slope - saw.y) * params.scale, again(asks, &q, query, part));
    add(&dValue, weight, again(above, &dOut, query, part));
  }
  store(&dk, row, part, dKey);
  store(&dv, row, part, dValue);
}
