/** The page and its service worker: one for all of it. */
import { useStore } from 'zustand';
import { createOffline, type OfflineState } from '../../store';

export const offline = createOffline(container(), () => window.location.reload());

export function useOffline<T>(selector: (state: OfflineState) => T): T {
  return useStore(offline.state, selector);
}

/** To be called when the first view is there: fetching all the rest must not slow it down. */
export function keepWhenIdle(script: string): void {
  const keep = () => offline.keep(script);
  // Safari has no idle callback.
  if ('requestIdleCallback' in window) requestIdleCallback(keep);
  else setTimeout(keep);
}

/** None over an insecure address and in some private windows; where site data is blocked, asking for it throws. */
function container(): ServiceWorkerContainer | undefined {
  try {
    return 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
  } catch {
    return undefined;
  }
}
