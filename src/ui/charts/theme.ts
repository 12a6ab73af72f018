/** The colours of the page for the canvas, and the axes that every chart shares. */
import type uPlot from 'uplot';

export interface Theme {
  readonly text: string;
  readonly grid: string;
  readonly font: string;
  readonly colour: (name: string) => string;
}

export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return { text: colour('muted'), grid: colour('line'), font: `12px ${style.fontFamily}`, colour };
}

/** Nothing lies between two steps. */
const wholeSteps = [1, 2, 5]
  .flatMap((n) => [1, 10, 100, 1e3, 1e4, 1e5].map((scale) => n * scale))
  .sort((a, b) => a - b);

export function axes(theme: Theme, values?: uPlot.Axis.Values): uPlot.Axis[] {
  const common = { stroke: theme.text, font: theme.font, ticks: { show: false }, gap: 6 };
  return [
    { ...common, size: 32, grid: { show: false }, space: 60, incrs: wholeSteps },
    { ...common, size: 52, grid: { stroke: theme.grid, width: 1 }, ...(values ? { values } : {}) },
  ];
}

/** A curve's column in the plot's data and its name. */
export interface EndLabel {
  readonly index: number;
  readonly text: string;
}

/** The names of curves above their last points, one above the other: readable without telling colours apart. */
export function endLabels(plot: uPlot, labels: readonly EndLabel[], theme: Theme): void {
  const { ctx, bbox } = plot;
  const line = 13 * devicePixelRatio;
  const placed = labels
    .flatMap(({ index, text }) => {
      const end = lastPoint(plot, index);
      return end ? [{ text, x: plot.valToPos(end.x, 'x', true), y: plot.valToPos(end.y, 'y', true) - 0.6 * line }] : [];
    })
    .sort((a, b) => b.y - a.y);
  let below = bbox.top + bbox.height + 0.7 * line;
  ctx.save();
  ctx.font = theme.font.replace(/^\d+px/, `${11 * devicePixelRatio}px`);
  ctx.textAlign = 'right';
  ctx.fillStyle = theme.text;
  ctx.strokeStyle = theme.colour('surface');
  ctx.lineWidth = 0.3 * line;
  ctx.lineJoin = 'round';
  for (const { text, x, y } of placed) {
    const left = Math.max(x, bbox.left + ctx.measureText(text).width + 0.3 * line);
    below = Math.max(bbox.top + line, Math.min(y, below - line));
    ctx.strokeText(text, left, below);
    ctx.fillText(text, left, below);
  }
  ctx.restore();
}

function lastPoint({ data }: uPlot, index: number): { x: number; y: number } | undefined {
  const at = data[index]?.findLastIndex((value) => value != null) ?? -1;
  return at < 0 ? undefined : { x: data[0][at]!, y: data[index]![at]! };
}
