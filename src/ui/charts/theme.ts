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

/** The name of a curve at its last point: readable without telling colours apart. */
export function endLabel(plot: uPlot, index: number, text: string, theme: Theme, above: boolean): void {
  const xs = plot.data[0];
  const ys = plot.data[index];
  if (!ys) return;
  let last = ys.length - 1;
  while (last >= 0 && ys[last] == null) last -= 1;
  const x = xs[last];
  const y = ys[last];
  if (x == null || y == null) return;
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = theme.font.replace(/^\d+px/, `${11 * ratio}px`);
  ctx.textAlign = 'right';
  ctx.fillStyle = theme.text;
  const left = Math.max(plot.valToPos(x, 'x', true), plot.bbox.left + ctx.measureText(text).width + 4 * ratio);
  const top = plot.valToPos(y, 'y', true) + (above ? -8 : 16) * ratio;
  const bottom = plot.bbox.top + plot.bbox.height;
  const baseline = Math.min(Math.max(top, plot.bbox.top + 10 * ratio), bottom - 4 * ratio);
  ctx.strokeStyle = theme.colour('surface');
  ctx.lineWidth = 4 * ratio;
  ctx.lineJoin = 'round';
  ctx.strokeText(text, left, baseline);
  ctx.fillText(text, left, baseline);
  ctx.restore();
}
