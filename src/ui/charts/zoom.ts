/** Windows of steps: larger, smaller, to the side; always inside of what there is. */
import type { Window } from './scene';

/** Steps that stay in sight however far one zooms in. */
const fewest = 4;

/** `factor` below 1 shows fewer steps; the step `about` stays where it is. */
export function zoomed(window: Window, whole: Window, factor: number, about?: number): Window | undefined {
  const width = window.to - window.from;
  const next = Math.max(fewest, width * factor);
  const still = about ?? (window.from + window.to) / 2;
  const share = width === 0 ? 0.5 : (still - window.from) / width;
  return inside({ from: still - share * next, to: still + (1 - share) * next }, whole);
}

/** By this share of the window, to the right when positive. */
export function panned(window: Window, whole: Window, share: number): Window | undefined {
  const by = share * (window.to - window.from);
  return inside({ from: window.from + by, to: window.to + by }, whole);
}

/** Moved and cut into what there is; undefined when that is all of it. */
export function inside({ from, to }: Window, whole: Window): Window | undefined {
  const width = Math.max(fewest, to - from);
  if (width >= whole.to - whole.from) return undefined;
  const start = Math.min(Math.max(from, whole.from), whole.to - width);
  return { from: start, to: start + width };
}
