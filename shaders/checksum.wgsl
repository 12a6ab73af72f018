// What tells the bits of one buffer from those of another: a sum of 32-bit words that are mixed with their places.
//   sums[index] += Σ mix(words[i] ^ mix(first + i)),  and the same with ~mix(first + i)
// words: [count], which begin at word `first` of what is summed; sums: [·] pairs, of which one is added to. Sums modulo 2^32 are the same in any order, so workgroups need
// not wait for each other; `mix` is the finalizer of MurmurHash3.

struct Params { count: u32, threads: u32, index: u32, first: u32 }

@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read_write> sums: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> params: Params;

const WIDTH = 64u;

fn mix32(value: u32) -> u32 {
  var h = value;
  h = (h ^ (h >> 16u)) * 0x85ebca6bu;
  h = (h ^ (h >> 13u)) * 0xc2b2ae35u;
  return h ^ (h >> 16u);
}

@compute @workgroup_size(WIDTH)
fn add(@builtin(global_invocation_id) id: vec3u) {
  var sum = vec2u(0u);
  for (var i = id.x; i < params.count; i += params.threads) {
    let word = words[i];
    let place = mix32(params.first + i);
    sum += vec2u(mix32(word ^ place), mix32(word ^ ~place));
  }
  atomicAdd(&sums[2u * params.index], sum.x);
  atomicAdd(&sums[2u * params.index + 1u], sum.y);
}
