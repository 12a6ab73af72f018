/** The range of a y axis from the values that are drawn. */

export type Range = [low: number, high: number];

/** Undefined when all are gaps. */
export function extent(rows: readonly (readonly (number | null)[])[]): Range | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    for (const value of row) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : undefined;
}

/** The share of points that may lie beyond either end of a clipped axis. */
const tail = 0.02;

/** Between the 2nd and the 98th percentile, interpolated. */
export function quantileRange(values: readonly number[]): Range | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = sorted[Math.min(below + 1, sorted.length - 1)]!;
    return sorted[below]! + (place - below) * (above - sorted[below]!);
  };
  return [at(tail), at(1 - tail)];
}

/** With some room above and below; never empty. What is never negative gets no negative axis. */
export function spread(range: Range | undefined, log: boolean): Range {
  if (!range) return log ? [0.1, 10] : [0, 1];
  const [low, high] = range;
  if (log) {
    const room = Math.max(1.05, (high / low) ** 0.05);
    return [low / room, high * room];
  }
  const room = 0.05 * (high - low) || 0.1 * Math.abs(high) || 1;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}
