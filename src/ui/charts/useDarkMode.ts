/** Whether the page is dark: pictures take their colours from it. */
import { useSyncExternalStore } from 'react';

const query = '(prefers-color-scheme: dark)';

export function useDarkMode(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => matchMedia(query).matches,
  );
}
