/** A line chart as SVG in a page without scripts: axes with round numbers, curves in the colours of the page. */
import { type Html, html } from './html';

export interface Curve {
  readonly name: string;
  /** A colour of the report's own style: `teacher`, `student`, `control`. */
  readonly colour: string;
  /** `faint`: each step behind its smoothed curve; it has no entry in the legend. */
  readonly kind: 'line' | 'faint' | 'dashed' | 'dots';
  /** By step; NaN where nothing was measured. */
  readonly values: readonly number[];
}

interface Chart {
  readonly title: string;
  readonly xName: string;
  readonly curves: readonly Curve[];
  readonly label: (value: number) => string;
  /** The range of the values; their own when it is left out. */
  readonly range?: readonly [low: number, high: number];
}

const [width, height] = [720, 260];
const [left, right, top, bottom] = [56, 12, 10, 34];
/** More points than pixels say nothing more. */
const mostPoints = 600;

export function chart({ title, xName, curves, label, range }: Chart): Html {
  const points = curves.map(({ values }) => thinned(pointsOf(values)));
  const all = points.flat();
  if (all.length === 0) return html``;
  const steps = Math.max(1, ...all.map(({ x }) => x));
  const [low, high] = range ?? rangeOf(all.map(({ y }) => y));
  const x = (step: number): number => left + (step / steps) * (width - left - right);
  const y = (value: number): number => top + (1 - (value - low) / (high - low)) * (height - top - bottom);
  const at = (point: Point): string => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`;
  const named = curves.filter(({ kind }) => kind !== 'faint');
  return html`<figure>
<figcaption>${title}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
${ticks(low, high, 5).map(
  (value) =>
    html`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"/><text class="tick end" x="${left - 8}" y="${y(value) + 4}">${label(value)}</text>`,
)}
${ticks(0, steps, 6)
  .filter(Number.isInteger)
  .map((step) => html`<text class="tick middle" x="${x(step)}" y="${height - 14}">${step}</text>`)}
<text class="tick end" x="${width - right}" y="${height - 1}">${xName}</text>
${curves.map((curve, index) => lineOf(curve, points[index] ?? [], at))}
</svg>
<ul class="legend">${named.map(
    ({ name, colour, kind }) => html`<li><span class="swatch ${colour} ${kind}"></span>${name}</li>`,
  )}</ul>
</figure>`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function lineOf({ colour, kind }: Curve, points: readonly Point[], at: (point: Point) => string): Html {
  const line = html`<polyline class="${colour} ${kind}" points="${points.map(at).join(' ')}"/>`;
  if (kind !== 'dots' && points.length > 1) return line;
  const dots = points.map((point) => {
    const [cx, cy] = at(point).split(',');
    return html`<circle class="${colour}" cx="${cx}" cy="${cy}" r="3"/>`;
  });
  return html`${line}${dots}`;
}

function pointsOf(values: readonly number[]): readonly Point[] {
  return values.flatMap((y, x) => (Number.isFinite(y) ? [{ x, y }] : []));
}

/** The lowest and the highest of every stretch: peaks stay, and the file stays small. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= mostPoints) return points;
  const stretch = Math.ceil(points.length / (mostPoints / 2));
  return Array.from({ length: Math.ceil(points.length / stretch) }, (_, part) => {
    const own = points.slice(part * stretch, (part + 1) * stretch);
    const low = own.reduce((a, b) => (b.y < a.y ? b : a));
    const high = own.reduce((a, b) => (b.y > a.y ? b : a));
    if (low === high) return [low];
    return low.x < high.x ? [low, high] : [high, low];
  }).flat();
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  const low = Math.min(0, ...values);
  const high = Math.max(...values);
  return high > low ? [low, high + 0.04 * (high - low)] : [low, low + 1];
}

/** Round numbers from `low` to `high`, about `count` of them. */
export function ticks(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough * 0.999) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
