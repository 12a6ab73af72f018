/** Wheel, pinch and dragging to the side. The page still scrolls over a chart: zooming by wheel takes Ctrl or ⌘, as a pinch on a touchpad does. */
import type { Window } from './scene';
import type { ViewStore } from './view';
import { inside, panned, zoomed } from './zoom';

export interface Ground {
  readonly view: ViewStore;
  readonly window: () => Window;
  readonly whole: () => Window;
  /** Of the drawing area, CSS pixels of the viewport. */
  readonly area: () => { readonly left: number; readonly width: number };
  /** Nothing scrolls behind the chart: the wheel alone zooms. */
  readonly alone: boolean;
}

export interface Gestures {
  readonly grab: (event: MouseEvent) => boolean;
  readonly stop: () => void;
}

export function gestures(element: HTMLElement, ground: Ground): Gestures {
  const ends = new AbortController();
  const options = { signal: ends.signal };
  element.addEventListener('wheel', (event) => wheel(event, ground), { ...options, passive: false });
  pinch(element, ground, options);
  return { grab: (event) => grab(event, ground), stop: () => ends.abort() };
}

function stepAt({ area, window }: Ground, clientX: number): number {
  const { left, width } = area();
  const { from, to } = window();
  return from + ((clientX - left) / Math.max(1, width)) * (to - from);
}

function wheel(event: WheelEvent, ground: Ground): void {
  const { view, window, whole, alone, area } = ground;
  const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  const zooms = event.ctrlKey || event.metaKey || (alone && !sideways);
  const pans = !zooms && sideways && view.getState().window !== undefined;
  if (!zooms && !pans) return;
  event.preventDefault();
  // Lines instead of pixels, in some browsers.
  const scale = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  const next = zooms
    ? zoomed(window(), whole(), Math.exp(event.deltaY * scale * 0.002), stepAt(ground, event.clientX))
    : panned(window(), whole(), ((event.deltaX || event.deltaY) * scale) / area().width);
  view.setState({ window: next });
}

/** With Shift or the middle button. */
function grab(event: MouseEvent, { view, window, whole, area }: Ground): boolean {
  if (!event.shiftKey && event.button !== 1) return false;
  event.preventDefault();
  const start = { x: event.clientX, window: window() };
  const ends = new AbortController();
  const move = ({ clientX }: MouseEvent): void =>
    view.setState({ window: panned(start.window, whole(), (start.x - clientX) / area().width) });
  document.addEventListener('mousemove', move, { signal: ends.signal });
  document.addEventListener('mouseup', () => ends.abort(), { signal: ends.signal });
  return true;
}

/** Two fingers, side by side or one above the other: what was between them stays between them. */
function pinch(element: HTMLElement, ground: Ground, options: { readonly signal: AbortSignal }): void {
  const fingers = new Map<number, { readonly x: number; readonly y: number }>();
  let start: { readonly window: Window; readonly middle: number; readonly apart: number } | undefined;
  const spread = () => {
    const [a = { x: 0, y: 0 }, b = a] = fingers.values();
    return { middle: (a.x + b.x) / 2, apart: Math.max(20, Math.hypot(a.x - b.x, a.y - b.y)) };
  };
  const lift = (event: PointerEvent): void => {
    fingers.delete(event.pointerId);
    start = undefined;
  };
  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.pointerType !== 'touch') return;
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      start = fingers.size === 2 ? { window: ground.window(), ...spread() } : undefined;
    },
    options,
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      if (!fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (!start) return;
      const { middle, apart } = spread();
      const { left, width } = ground.area();
      const { from, to } = start.window;
      const still = from + ((start.middle - left) / width) * (to - from);
      const next = (to - from) * (start.apart / apart);
      const begin = still - ((middle - left) / width) * next;
      // From the window at the start, so that nothing adds up.
      ground.view.setState({ window: inside({ from: begin, to: begin + next }, ground.whole()) });
    },
    options,
  );
  for (const type of ['pointerup', 'pointercancel', 'pointerleave'] as const) {
    element.addEventListener(type, lift, options);
  }
}
