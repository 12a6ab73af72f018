/** While a stage works, neither the computer nor the tab may fall asleep: both would end it without a word. */
import { useEffect } from 'react';
import { isAtWork } from '../../store';
import { useSession } from '../studioContext';

export function useAwake(): void {
  const works = useSession(isAtWork);
  useEffect(() => {
    if (!works) return;
    const ends = [keepScreenOn(), keepTabAlive()];
    return () => {
      for (const end of ends) end();
    };
  }, [works]);
}

export function keepScreenOn(): () => void {
  if (!('wakeLock' in navigator)) return () => {};
  // One that was asked for before the page was hidden for a moment may be given as well as the next.
  const locks = new Set<WakeLockSentinel>();
  let over = false;
  const ask = async (): Promise<void> => {
    if (document.visibilityState !== 'visible' || [...locks].some(({ released }) => !released)) return;
    // Refused on low battery, or by the system: nothing depends on it.
    const lock = await navigator.wakeLock.request('screen').catch(() => undefined);
    if (!lock) return;
    locks.add(lock);
    if (over) lock.release();
  };
  ask();
  // The browser takes it back whenever the page is hidden.
  document.addEventListener('visibilitychange', ask);
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', ask);
    for (const lock of locks) lock.release();
  };
}

/** Chrome freezes hidden tabs to save energy, but none that holds a lock; other tabs may hold the same one. */
function keepTabAlive(): () => void {
  let release: (value?: unknown) => void = () => {};
  const done = new Promise((resolve) => {
    release = resolve;
  });
  navigator.locks?.request('distillery.working', { mode: 'shared' }, () => done).catch(() => {});
  return release;
}
