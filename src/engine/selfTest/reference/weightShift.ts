/** float64 twin of shaders/weightShift.wgsl. Matrices are row-major; `merged` is what lies in the merged model. */

export interface Factors {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly rank: number;
  readonly scale: number;
}

/** Norms of W, D = scale · B A and merged − W, the largest of |D|, |merged − W| and the rounding in last places. */
export function measure(weight: Float64Array, merged: Float64Array, { a, b, rank, scale }: Factors) {
  const inputs = a.length / rank;
  const found = { norm: 0, change: 0, moved: 0, broken: 0, largestChange: 0, largestMoved: 0, rounding: 0 };
  for (const [i, w] of weight.entries()) {
    let delta = 0;
    for (let r = 0; r < rank; r++) delta += b[Math.floor(i / inputs) * rank + r]! * a[r * inputs + (i % inputs)]!;
    const [d, m] = [scale * delta, merged[i]!];
    if (!Number.isFinite(d) || !Number.isFinite(w) || !Number.isFinite(m)) {
      found.broken += 1;
      continue;
    }
    found.norm += w * w;
    found.change += d * d;
    found.moved += (m - w) ** 2;
    found.largestChange = Math.max(found.largestChange, Math.abs(d));
    found.largestMoved = Math.max(found.largestMoved, Math.abs(m - w));
    const place = 2 ** (Math.floor(Math.log2(Math.abs(w + d))) - 7);
    if (w + d !== 0) found.rounding = Math.max(found.rounding, Math.abs(m - (w + d)) / place);
  }
  const [norm, change, moved] = [found.norm, found.change, found.moved].map(Math.sqrt);
  return { ...found, norm: norm!, change: change!, moved: moved! };
}
