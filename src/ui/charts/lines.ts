/** What uPlot is told about a line: how it looks, and how it is drawn when it has more points than pixels. */
import uPlot from 'uplot';
import { columnsOf, strokes } from './band';
import type { Curve } from './curve';
import type { Shown } from './shown';
import type { Theme } from './theme';

/** Raw thin and pale, smoothed strong, what is measured now and then as joined dots. */
export function line({ look, colour, dash, measured }: Curve, theme: Theme, shown: () => Shown): uPlot.Series {
  const stroke = theme.colour(colour);
  const dashes = look === 'test' ? [4, 4] : (dash ?? []);
  const common = { stroke, spanGaps: true, points: { show: false }, paths: strokeOrBand(dashes, shown) };
  const dots = (size: number) => ({ show: true, size, fill: stroke });
  switch (look) {
    case 'raw':
      return { ...common, width: 1, alpha: 0.3 };
    case 'line':
      return { ...common, width: 2 };
    case 'points':
      return { ...common, width: 2, points: dots(7) };
    case 'test':
      return { ...common, width: 1, points: dots(6) };
    case 'level':
      return { ...common, width: 1.5 };
    case 'overlay':
      return { ...common, width: 1.25, ...(measured ? { points: dots(4) } : {}) };
  }
}

const stroked = uPlot.paths.linear!();

function strokeOrBand(dash: readonly number[], shown: () => Shown): uPlot.Series.PathBuilder {
  return (plot, series, from, to) => {
    const { pxRatio } = uPlot;
    const { left, width: across } = plot.bbox;
    const drawn = plot.series[series]!;
    const columns = columnsOf(shown().scene, series - 1, across / pxRatio);
    // A band has dashes of its own; uPlot asks for the line's after this.
    drawn.dash = columns ? [] : [...dash];
    if (!columns) return stroked(plot, series, from, to);
    const found = strokes(columns, {
      ...{ x: (step) => plot.valToPos(step, 'x', true), y: (value) => plot.valToPos(value, 'y', true) },
      ...{ width: (drawn.width ?? 1) * pxRatio, dash: dash.map((length) => length * pxRatio) },
      ...{ left: Math.round(left), right: Math.round(left + across) },
    });
    // Its types call it `width`.
    return { stroke: pathOf(found), ...{ _width: 1 / pxRatio } };
  };
}

/** uPlot moves lines of one pixel by half of one, into the middle of pixels. */
function pathOf(strokes: readonly number[]): Path2D {
  const path = new Path2D();
  for (let i = 0; i < strokes.length; i += 3) {
    path.moveTo(strokes[i]!, strokes[i + 1]! - 0.5);
    path.lineTo(strokes[i]!, strokes[i + 2]! - 0.5);
  }
  return path;
}
