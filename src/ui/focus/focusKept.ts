/** What has the focus may go or be switched off while it has it: the focus then stays nearby and never falls to the page. */
import { useEffect } from 'react';

const focusable = 'a[href], button, input, select, textarea, summary, [tabindex]';
/** A dialog that goes with what had opened it: the focus goes back by as many places. */
const remembered = 8;

export function useFocusKept(): void {
  useEffect(() => {
    const keeper = createKeeper();
    const ends = new AbortController();
    document.addEventListener('focusin', keeper.entered, { signal: ends.signal });
    document.addEventListener('focusout', keeper.left, { signal: ends.signal });
    // After the focus that a closing dialog gives back itself.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new MutationObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(keeper.look);
    });
    observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled', 'hidden'] });
    return () => {
      ends.abort();
      observer.disconnect();
      clearTimeout(timer);
    };
  }, []);
}

function createKeeper() {
  /** Where the focus was, newest first: each element and all that it lay in. */
  let past: Element[][] = [];
  const lost = (): boolean => document.activeElement === null || document.activeElement === document.body;
  return {
    entered: ({ target }: Event): void => {
      if (target instanceof Element) past = [pathOf(target), ...past].slice(0, remembered);
    },
    /** A person who leaves everything, by a click beside it, wants it so. */
    left: ({ target }: Event): void => {
      setTimeout(() => {
        if (lost() && target instanceof Element && usable(target)) past = [];
      });
    },
    look: (): void => {
      const at = past[0]?.[0];
      if (!lost() || !at || usable(at)) return;
      // Without a jump: nobody asked for another place of the page.
      past
        .map(nearest)
        .find((found) => found !== undefined)
        ?.focus({ preventScroll: true });
    },
  };
}

function pathOf(element: Element): Element[] {
  const path: Element[] = [];
  for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) path.push(at);
  return path;
}

/** In the smallest place that is left of where the focus was: what comes next there, else the first of it. */
function nearest(path: readonly Element[]): HTMLElement | undefined {
  for (const place of path) {
    if (!place.isConnected) continue;
    const all = [...place.querySelectorAll<HTMLElement>(focusable)].filter((e) => e.tabIndex >= 0 && usable(e));
    const next = all.find((e) => path[0] && path[0].compareDocumentPosition(e) === Node.DOCUMENT_POSITION_FOLLOWING);
    if (all.length > 0) return next ?? all[0];
  }
  return undefined;
}

function usable(element: Element): boolean {
  return element.isConnected && !element.matches(':disabled') && element.checkVisibility();
}
