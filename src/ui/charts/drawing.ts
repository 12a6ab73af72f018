/** One chart on the page: uPlot, made anew when its lines change, given a new picture when its curves grow or the view moves. */
import uPlot from 'uplot';
import { line } from './lines';
import type { ChartModel } from './model';
import { paintNever, paintSoon } from './paint';
import { axes, marks, scales } from './plotOptions';
import type { Window } from './scene';
import { type Shown, shownOf } from './shown';
import { readTheme } from './theme';
import { axisOf, setCursor, type View, type ViewStore, windowOf } from './view';
import { inside } from './zoom';

export interface Drawn {
  readonly model: ChartModel;
  readonly view: ViewStore;
  readonly whole: () => Window;
  /** On the whole screen, where the others are behind it. */
  readonly alone: boolean;
  /** Names at the ends of the curves. */
  readonly labelled: boolean;
  /** Told of every picture. */
  readonly painted: (shown: Shown) => void;
  /** A mouse button went down to move the window to the side; true when it was taken. */
  readonly grab: (event: MouseEvent) => boolean;
}

export class Drawing {
  private readonly holder: HTMLElement;
  private readonly drawn: Drawn;
  private plot: uPlot | undefined;
  private shape = '';
  private shown: Shown | undefined;
  private visible = false;
  /** The mouse is on this chart; it is this chart that moves the cursor right now. */
  private speaking = false;
  private own = false;
  private readonly stops: readonly (() => void)[];

  constructor(holder: HTMLElement, drawn: Drawn, subscribe: (listener: () => void) => () => void) {
    this.holder = holder;
    this.drawn = drawn;
    const resize = new ResizeObserver(this.soon);
    // A little before it comes into sight, so that nobody sees it empty.
    const sight = new IntersectionObserver(
      (entries) => {
        this.visible = entries.at(-1)?.isIntersecting ?? false;
        this.soon();
      },
      { rootMargin: '200px' },
    );
    resize.observe(holder);
    sight.observe(holder);
    const stopView = drawn.view.subscribe((now, before) => this.viewChanged(now, before));
    this.stops = [subscribe(this.soon), stopView, () => resize.disconnect(), () => sight.disconnect()];
  }

  /** Never again. */
  destroy(): void {
    for (const stop of this.stops) stop();
    paintNever(this.paint);
    this.plot?.destroy();
  }

  /** Steps from the left to the right edge now. */
  window(): Window {
    return windowOf(this.drawn.view.getState(), this.drawn.whole());
  }

  private readonly soon = (): void => {
    if (this.visible && this.drawn.alone === this.drawn.view.getState().alone) paintSoon(this.paint);
  };

  private readonly anew = (): void => {
    this.shape = '';
    this.soon();
  };

  private viewChanged(now: View, before: View): void {
    if (now.cursor !== before.cursor) this.moveCursor(now.cursor);
    const { key } = this.drawn.model;
    const same = now.window === before.window && now.hidden === before.hidden && now.smoothing === before.smoothing;
    if (now.alone !== before.alone) this.soon();
    if (!same || axisOf(now, key) !== axisOf(before, key)) this.soon();
  }

  private readonly paint = (): void => {
    const { model, view, painted } = this.drawn;
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (width === 0 || height === 0) return;
    const state = view.getState();
    this.shown = shownOf(model, state, this.window(), width);
    const shape = JSON.stringify([
      this.shown.log,
      ...this.shown.curves.map(({ name, look, colour, dash }) => [name, look, colour, dash]),
    ]);
    const data: uPlot.AlignedData = [this.shown.scene.xs, ...this.shown.scene.rows];
    if (!this.plot || shape !== this.shape) {
      this.plot?.destroy();
      this.plot = this.create(width, height, data);
    } else {
      if (this.plot.width !== width || this.plot.height !== height) this.plot.setSize({ width, height });
      this.plot.setData(data);
    }
    this.shape = shape;
    this.moveCursor(state.cursor);
    painted(this.shown);
  };

  private create(width: number, height: number, data: uPlot.AlignedData): uPlot {
    const { model, view, labelled, grab } = this.drawn;
    const { curves, log } = this.shown!;
    const shown = () => this.shown!;
    const theme = readTheme(this.holder);
    const options: uPlot.Options = {
      width,
      height,
      legend: { show: false },
      padding: [8, 15, 0, 0],
      scales: scales(shown, log),
      axes: axes(theme, model.unit, log, model.bounds !== undefined),
      series: [{}, ...curves.map((curve) => line(curve, theme, shown))],
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: 6 },
        points: { size: 6 },
        dataIdx: nearestPoint,
        bind: {
          mousedown: (_, __, handler) => (event) => (grab(event) ? null : handler(event)),
          dblclick: () => () => {
            view.setState({ window: undefined });
            return null;
          },
        },
      },
      hooks: {
        draw: [marks(shown, theme, labelled)],
        setCursor: [(plot) => this.cursorMoved(plot)],
        setSelect: [(plot) => this.selected(plot)],
      },
    };
    const plot = new uPlot(options, data, this.holder);
    // A lost card takes its pictures along.
    plot.ctx.canvas.addEventListener('contextrestored', this.anew);
    return plot;
  }

  /** uPlot tells of its cursor after each picture as well: only the chart with the mouse on it speaks. */
  private cursorMoved({ cursor, posToVal }: uPlot): void {
    const { left = -1 } = cursor;
    const hovered = left >= 0 && this.holder.matches(':hover');
    if (!hovered && (left >= 0 || !this.speaking)) return;
    this.speaking = hovered;
    this.own = true;
    setCursor(this.drawn.view, hovered ? Math.max(0, Math.round(posToVal(left, 'x'))) : undefined);
    this.own = false;
  }

  private moveCursor(step: number | undefined): void {
    const { plot } = this;
    if (!plot || this.own) return;
    const { from, to } = this.shown!.scene.window;
    const away = step === undefined || step < from || step > to;
    plot.setCursor(away ? { left: -10, top: -10 } : { left: plot.valToPos(step, 'x'), top: 0 }, false);
  }

  private selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width === 0) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const chosen = { from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') };
    this.drawn.view.setState({ window: inside(chosen, this.drawn.whole()) });
  }
}

/** In a bucket most curves have fewer points than places. */
function nearestPoint(plot: uPlot, series: number, at: number): number {
  const row = plot.data[series]!;
  for (let far = 0; far < 4; far++) {
    if (row[at - far] != null) return at - far;
    if (row[at + far] != null) return at + far;
  }
  return at;
}
