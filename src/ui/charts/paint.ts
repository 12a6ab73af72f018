/** Charts are painted a few per frame: however many there are, the page answers in between. */

/** Milliseconds of one frame that painting may begin in; when the frame before took `slow`, one chart is enough. */
const budget = 8;
const slow = 30;

const waiting = new Set<() => void>();
let scheduled = false;
let before = 0;

/** Paints in one of the next frames, once, however often it is asked for until then. */
export function paintSoon(paint: () => void): void {
  waiting.add(paint);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(paintSome);
}

export function paintNever(paint: () => void): void {
  waiting.delete(paint);
}

function paintSome(now: number): void {
  // What a picture costs after it was painted, when it is put on the screen, shows only in the time between frames.
  const end = performance.now() + (now - before > slow ? 0 : budget);
  before = now;
  for (const paint of waiting) {
    waiting.delete(paint);
    paint();
    if (performance.now() > end) break;
  }
  scheduled = waiting.size > 0;
  if (scheduled) requestAnimationFrame(paintSome);
}
