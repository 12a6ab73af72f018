/** Round numbers along an axis, and how they are written. */

/** What the numbers of a chart are: a plain number, a share of 1, or something per second. */
export type Unit = 'number' | 'share' | 'rate';

/** About `count` of them in [low, high]. */
export function linearTicks(low: number, high: number, count: number): readonly number[] {
  const step = roundStep((high - low) / Math.max(1, count));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => round((first + i) * step));
}

/** Nothing lies between two steps. */
export function stepTicks(low: number, high: number, count: number): readonly number[] {
  return linearTicks(low, high, Math.min(count, high - low)).filter(Number.isInteger);
}

/** Powers of ten, with 2 and 5 where there are few; linear where there is not even one. */
export function logTicks(low: number, high: number, count: number): readonly number[] {
  const decades = Math.log10(high / low);
  if (decades < 1) return linearTicks(low, high, count).filter((tick) => tick > 0);
  const factors = decades < 3 ? [1, 2, 5] : [1];
  const every = factors.length === 1 ? Math.ceil(decades / Math.max(1, count)) : 1;
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    if (power % every === 0) ticks.push(...factors.map((factor) => round(factor * 10 ** power)));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** `apart`: the distance to the next tick, which says how many decimals matter. */
export function tickText(value: number, apart: number, unit: Unit): string {
  if (unit === 'share') return `${(value * 100).toFixed(Math.max(0, decimals(apart) - 2))}%`;
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  if (size < 1e-3) return Number(value.toPrecision(3)).toExponential();
  return value.toFixed(decimals(apart));
}

/** All of an axis; on a log axis each has decimals of its own. */
export function tickTexts(ticks: readonly number[], unit: Unit, log: boolean): readonly string[] {
  const apart = ticks.length > 1 ? ticks[1]! - ticks[0]! : Math.abs(ticks[0] ?? 1);
  return ticks.map((tick) => tickText(tick, log ? Math.min(apart, tick) : apart, unit));
}

/** Ascending places moved as little as it takes to be `distance` from each other, in [low, high] if there is room. */
export function apartFrom(
  places: readonly number[],
  distance: number,
  [low, high]: readonly [number, number],
): readonly number[] {
  const moved: number[] = [];
  for (const place of places) moved.push(Math.max(place, (moved.at(-1) ?? Number.NEGATIVE_INFINITY) + distance, low));
  for (let i = moved.length - 1; i >= 0; i--)
    moved[i] = Math.min(moved[i]!, (moved[i + 1] ?? high + distance) - distance);
  return moved;
}

function decimals(apart: number): number {
  return Math.max(0, Math.min(8, -Math.floor(Math.log10(apart) + 1e-9)));
}

function roundStep(rough: number): number {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((n) => n * power >= rough * 0.999) ?? 10;
  return factor * power;
}

/** Without the dust of binary fractions. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
