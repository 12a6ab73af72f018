/** Charts are painted a few per frame: however many there are, the page answers in between. */

/** Milliseconds of one frame that painting may begin in. */
const budget = 10;

const waiting = new Set<() => void>();
let scheduled = false;

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

function paintSome(): void {
  const end = performance.now() + budget;
  for (const paint of waiting) {
    waiting.delete(paint);
    paint();
    if (performance.now() > end) break;
  }
  scheduled = waiting.size > 0;
  if (scheduled) requestAnimationFrame(paintSome);
}
