/** float64 twin of shaders/attention.wgsl, one query at a time over the keys it sees. */

export interface Shape {
  readonly queries: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly prefix: number;
  readonly keyStart: ArrayLike<number>;
  readonly keyEnd: ArrayLike<number>;
}

export interface Inputs {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
}

export function forward({ q, k, v }: Inputs, s: Shape): { out: Float64Array; lse: Float64Array } {
  const out = new Float64Array(q.length);
  const lse = new Float64Array(s.queries * s.heads);
  eachRow(s, (row, keys) => {
    const scores = keys.map((key) => dotRows(q, row, k, key, s.headDim) / Math.sqrt(s.headDim));
    const top = Math.max(...scores);
    const logSum = top + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - top), 0));
    lse[row] = logSum;
    keys.forEach((key, n) => {
      addRow(out, row, Math.exp(scores[n]! - logSum), v, key, s.headDim);
    });
  });
  return { out, lse };
}

export function backward(inputs: Inputs, s: Shape, dOut: Float64Array) {
  const { q, k, v } = inputs;
  const { out, lse } = forward(inputs, s);
  const [dq, dk, dv] = [new Float64Array(q.length), new Float64Array(k.length), new Float64Array(v.length)];
  const scale = 1 / Math.sqrt(s.headDim);
  eachRow(s, (row, keys) => {
    const delta = dotRows(dOut, row, out, row, s.headDim);
    for (const key of keys) {
      const p = Math.exp(dotRows(q, row, k, key, s.headDim) * scale - lse[row]!);
      const ds = p * (dotRows(dOut, row, v, key, s.headDim) - delta) * scale;
      addRow(dq, row, ds, k, key, s.headDim);
      addRow(dk, key, ds, q, row, s.headDim);
      addRow(dv, key, p, dOut, row, s.headDim);
    }
  });
  return { dq, dk, dv };
}

/** Calls back with the row of each (query, head) and the rows of k and v that it sees. */
function eachRow(s: Shape, visit: (row: number, keys: number[]) => void): void {
  for (let t = 0; t < s.queries; t++) {
    const seen: number[] = [];
    for (let j = 0; j < Math.min(s.prefix, s.keyStart[t]!); j++) seen.push(j);
    for (let j = s.keyStart[t]!; j < s.keyEnd[t]!; j++) seen.push(j);
    for (let h = 0; h < s.heads; h++) {
      const kvHead = Math.floor(h / (s.heads / s.kvHeads));
      visit(
        t * s.heads + h,
        seen.map((j) => j * s.kvHeads + kvHead),
      );
    }
  }
}

function dotRows(a: Float64Array, i: number, b: Float64Array, j: number, width: number): number {
  let sum = 0;
  for (let d = 0; d < width; d++) sum += a[i * width + d]! * b[j * width + d]!;
  return sum;
}

function addRow(to: Float64Array, i: number, factor: number, from: Float64Array, j: number, width: number): void {
  for (let d = 0; d < width; d++) to[i * width + d] = to[i * width + d]! + factor * from[j * width + d]!;
}
