/** A chart as a picture of vector paths: title, legend, axes, lines; from the same scene as the one on the page. */
import { type Curve, overlaysLast } from './curve';
import type { ChartModel } from './model';
import type { Row, Scene } from './scene';
import { intervalsOf, type Shown } from './shown';
import type { Theme } from './theme';
import { linearTicks, logTicks, stepTicks, tickTexts } from './ticks';

export const size = { width: 960, height: 540 };
const margin = { left: 64, right: 24, top: 52, bottom: 44 };
const legendLine = 20;

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
}

export function chartSvg(model: ChartModel, { curves, scene, log }: Shown, theme: Theme, stepName: string): string {
  const legend = legendOf(curves, theme);
  const frame = frameOf(scene, log, margin.top + legend.lines * legendLine);
  const { left, right, top, bottom } = frame;
  const inner = `x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="${escaped(theme.family)}" font-size="13">`,
    `<title>${escaped(model.title)}</title>`,
    `<rect width="100%" height="100%" fill="${theme.surface}"/>`,
    `<clipPath id="area"><rect ${inner}/></clipPath>`,
    `<text x="${left}" y="30" font-size="17" font-weight="600" fill="${theme.strong}">${escaped(model.title)}</text>`,
    ...legend.marks,
    ...axisMarks(model, scene, log, frame, theme, stepName),
    '<g clip-path="url(#area)" fill="none" stroke-linejoin="round">',
    ...curves.flatMap((curve, i) => curveMarks(curve, scene.xs, scene.rows[i]!, frame, theme)),
    ...curves.flatMap((curve) => intervalMarks(curve, scene, frame, theme)),
    '</g>',
    '</svg>',
  ].join('\n');
}

function frameOf({ window, y: [low, high] }: Scene, log: boolean, top: number): Frame {
  const [left, right, bottom] = [margin.left, size.width - margin.right, size.height - margin.bottom];
  const scale = log ? Math.log10 : (value: number) => value;
  const x = (step: number) => left + ((step - window.from) / (window.to - window.from)) * (right - left);
  const y = (value: number) => bottom - ((scale(value) - scale(low)) / (scale(high) - scale(low))) * (bottom - top);
  return { left, right, top, bottom, x, y };
}

function legendOf(curves: readonly Curve[], theme: Theme) {
  let x = margin.left;
  let lines = 0;
  const marks = overlaysLast(curves).flatMap((curve) => {
    if (curve.look === 'raw') return [];
    const width = 34 + textWidth(curve.name);
    if (x + width > size.width - margin.right && x > margin.left) {
      x = margin.left;
      lines += 1;
    }
    const y = margin.top - 2 + lines * legendLine;
    const mark = [
      `<path d="M${at(x)} ${y - 4}h22" ${strokeOf(curve, theme)}/>`,
      `<text x="${at(x + 28)}" y="${y}" fill="${theme.text}">${escaped(curve.name)}</text>`,
    ];
    x += width + 12;
    return mark;
  });
  return { marks, lines: lines + 1 };
}

/** About; the letters of the reader's machine are not known. Chinese ones are as wide as they are high. */
function textWidth(text: string): number {
  return [...text].reduce((width, letter) => width + (letter > '\u2e80' ? 13 : 7.2), 0);
}

function axisMarks({ unit, bounds }: ChartModel, scene: Scene, log: boolean, frame: Frame, theme: Theme, name: string) {
  const { left, right, bottom, x, y } = frame;
  const steps = stepTicks(scene.window.from, scene.window.to, 10);
  const [low, high] = scene.y;
  const all = (log ? logTicks : linearTicks)(low, high, 7);
  const values = bounds ? all.filter((tick) => tick >= 0 && tick <= 1) : all;
  const texts = tickTexts(values, unit, log);
  const stepTexts = tickTexts(steps, 'number', false);
  return [
    `<g fill="${theme.text}" stroke="none">`,
    ...values.flatMap((tick, i) => [
      `<path d="M${left} ${at(y(tick))}H${right}" stroke="${theme.grid}" fill="none"/>`,
      `<text x="${left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${texts[i]}</text>`,
    ]),
    ...steps.map(
      (tick, i) => `<text x="${at(x(tick))}" y="${bottom + 18}" text-anchor="middle">${stepTexts[i]}</text>`,
    ),
    `<text x="${right}" y="${bottom + 36}" text-anchor="end">${escaped(name)}</text>`,
    '</g>',
  ];
}

function curveMarks(curve: Curve, xs: readonly number[], row: Row, { x, y }: Frame, theme: Theme): readonly string[] {
  const points = row.flatMap((value, i) => (value === null ? [] : [{ x: at(x(xs[i]!)), y: at(y(value)) }]));
  if (points.length === 0) return [];
  const path = `<path d="M${points.map((point) => `${point.x} ${point.y}`).join('L')}" ${strokeOf(curve, theme)}/>`;
  const radius = { points: 3.5, test: 3, overlay: curve.measured ? 2 : 0, raw: 0, line: 0, level: 0 }[curve.look];
  if (radius === 0) return [path];
  const fill = theme.colour(curve.colour);
  return [path, ...points.map((point) => `<circle cx="${point.x}" cy="${point.y}" r="${radius}" fill="${fill}"/>`)];
}

function intervalMarks(curve: Curve, scene: Scene, { x, y }: Frame, theme: Theme): readonly string[] {
  return [...intervalsOf(curve, scene)].map(({ step, low, high }) => {
    const [middle, bottom, top] = [x(step), at(y(low)), at(y(high))];
    const cap = (place: number): string => `M${at(middle - 3)} ${place}h6`;
    const path = `M${at(middle)} ${bottom}V${top}${cap(bottom)}${cap(top)}`;
    return `<path d="${path}" stroke="${theme.colour(curve.colour)}" stroke-opacity="0.55"/>`;
  });
}

function strokeOf({ look, colour, dash }: Curve, theme: Theme): string {
  const width = { raw: 1, line: 2, points: 2, test: 1, level: 1.5, overlay: 1.25 }[look];
  const dashes = look === 'test' ? [4, 4] : dash;
  const stroke = `stroke="${theme.colour(colour)}" stroke-width="${width}" fill="none"`;
  return `${stroke}${dashes ? ` stroke-dasharray="${dashes.join(' ')}"` : ''}${look === 'raw' ? ' stroke-opacity="0.3"' : ''}`;
}

/** A tenth of a pixel is enough. */
function at(place: number): number {
  return Math.round(place * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
