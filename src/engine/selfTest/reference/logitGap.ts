/** float64 twin of shaders/logitGap.wgsl: four numbers per row of two [rows, columns] matrices. */

export function measure(x: Float64Array, y: Float64Array, columns: number): Float64Array {
  const gaps = new Float64Array((x.length / columns) * 4);
  for (let row = 0; row < x.length / columns; row++) {
    const [p, q] = [x, y].map((values) => values.subarray(row * columns, (row + 1) * columns)) as [
      Float64Array,
      Float64Array,
    ];
    const most = (values: Float64Array) => values.reduce((best, value) => Math.max(best, value), -Infinity);
    gaps[4 * row] = most(p.map((value, i) => Math.abs(value - q[i]!)));
    gaps[4 * row + 1] = most(p.map(Math.abs));
    gaps[4 * row + 2] = Number(p.indexOf(most(p)) === q.indexOf(most(q)));
    gaps[4 * row + 3] = Number([...p, ...q].some((value) => !Number.isFinite(value)));
  }
  return gaps;
}
