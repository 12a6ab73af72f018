/** What uPlot is told about a chart: scales, axes and marks. Data and ranges come with every picture. */
import type uPlot from 'uplot';
import type { Scene } from './scene';
import { intervalsOf, type Shown } from './shown';
import type { Theme } from './theme';
import { apartFrom, linearTicks, logTicks, stepTicks, tickTexts, type Unit } from './ticks';

/** CSS pixels between two ticks at least, and of the axes themselves; more ticks than `most` are noise. */
const apart = { x: 64, y: 34 };
const sizes = { x: 28, y: 52 };
const most = 10;

export function scales(shown: () => Shown, log: boolean): uPlot.Scales {
  return {
    x: { time: false, range: () => [shown().scene.window.from, shown().scene.window.to] },
    y: { ...(log ? { distr: 3 as const } : {}), range: () => [...shown().scene.y] as [number, number] },
  };
}

export function axes(theme: Theme, unit: Unit, log: boolean, bounded: boolean): uPlot.Axis[] {
  const common = { stroke: theme.text, font: `12px ${theme.family}`, ticks: { show: false }, gap: 6 };
  const inside = (ticks: readonly number[]) => (bounded ? ticks.filter((tick) => tick >= 0 && tick <= 1) : [...ticks]);
  return [
    {
      ...common,
      size: sizes.x,
      grid: { show: false },
      splits: (plot, _, low, high) => [...stepTicks(low, high, (plot.width - sizes.y) / apart.x)],
      values: (_, ticks) => [...tickTexts(ticks, 'number', false)],
    },
    {
      ...common,
      size: sizes.y,
      grid: { stroke: theme.grid, width: 1 },
      filter: (_, ticks) => ticks,
      splits: (plot, _, low, high) =>
        inside((log ? logTicks : linearTicks)(low, high, Math.min(most, (plot.height - sizes.x) / apart.y))),
      values: (_, ticks) => [...tickTexts(ticks, unit, log)],
    },
  ];
}

/** Where the names and intervals that a chart has beside its lines are drawn. */
export function marks(shown: () => Shown, theme: Theme, labelled: boolean): (plot: uPlot) => void {
  return (plot) => {
    intervals(plot, shown(), theme);
    if (labelled) endLabels(plot, shown(), theme);
  };
}

function intervals(plot: uPlot, shown: Shown, theme: Theme): void {
  const { ctx, bbox } = plot;
  const cap = 3 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = devicePixelRatio;
  ctx.globalAlpha = 0.55;
  for (const curve of shown.curves) {
    ctx.strokeStyle = theme.colour(curve.colour);
    ctx.beginPath();
    for (const { step, low, high } of intervalsOf(curve, shown)) {
      const x = plot.valToPos(step, 'x', true);
      const [bottom, top] = [plot.valToPos(low, 'y', true), plot.valToPos(high, 'y', true)];
      ctx.moveTo(x, bottom);
      ctx.lineTo(x, top);
      for (const y of [bottom, top]) {
        ctx.moveTo(x - cap, y);
        ctx.lineTo(x + cap, y);
      }
    }
    ctx.stroke();
  }
  ctx.restore();
}

/** The names of curves above their last points, none on another: readable without telling colours apart. */
function endLabels(plot: uPlot, { curves, scene }: Shown, theme: Theme): void {
  const { ctx, bbox } = plot;
  const height = 13 * devicePixelRatio;
  const labels = curves.flatMap(({ label }, i) => {
    const at = label === undefined ? -1 : lastInside(scene, i);
    if (label === undefined || at < 0) return [];
    const y = plot.valToPos(scene.rows[i]![at]!, 'y', true) - 0.6 * height;
    return [{ label, x: plot.valToPos(scene.xs[at]!, 'x', true), y }];
  });
  labels.sort((a, b) => a.y - b.y);
  const places = apartFrom(
    labels.map(({ y }) => y),
    height,
    [bbox.top + height, bbox.top + bbox.height],
  );
  ctx.save();
  ctx.font = `${11 * devicePixelRatio}px ${theme.family}`;
  ctx.textAlign = 'right';
  ctx.fillStyle = theme.text;
  ctx.strokeStyle = theme.surface;
  ctx.lineWidth = 0.3 * height;
  ctx.lineJoin = 'round';
  for (const [i, { label, x }] of labels.entries()) {
    const right = Math.max(x, bbox.left + ctx.measureText(label).width + 0.3 * height);
    ctx.strokeText(label, right, places[i]!);
    ctx.fillText(label, right, places[i]!);
  }
  ctx.restore();
}

function lastInside({ xs, rows, window }: Scene, row: number): number {
  return rows[row]!.findLastIndex((value, i) => value !== null && xs[i]! >= window.from && xs[i]! <= window.to);
}
