/** Central differences: the gradient of a scalar function, one coordinate at a time. */
export function gradient(f: (x: Float64Array) => number, at: Float64Array, step = 1e-5): Float64Array {
  const x = at.slice();
  return at.map((value, i) => {
    x[i] = value + step;
    const above = f(x);
    x[i] = value - step;
    const below = f(x);
    x[i] = value;
    return (above - below) / (2 * step);
  });
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
