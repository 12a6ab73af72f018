/** Seeded numbers for the inputs of kernels. */

/** Uniform in [0, 1), the mulberry32 sequence of `seed`. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal values, rounded to f32 so that the twin sees exactly what the GPU sees. */
export function normals(seed: number, count: number, scale = 1): Float64Array {
  const next = uniform(seed);
  return Float64Array.from({ length: count }, () =>
    Math.fround(scale * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
  );
}

/** Normal values rounded to eighths: products of two and short sums of them are exact in f32, in any order. */
export function eighths(seed: number, count: number): Float64Array {
  return normals(seed, count).map((value) => Math.round(8 * value) / 8);
}
