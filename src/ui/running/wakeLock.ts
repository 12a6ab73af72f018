/** Keeps the screen on while a stage runs and the page is looked at: a computer that falls asleep trains nothing. */
import { useEffect } from 'react';
import type { Session } from '../../store';
import { useSession } from '../studioContext';

const worksOf = (s: Session) => s.running !== undefined && s.stages[s.running].state !== 'paused';

export function useWakeLock(): void {
  const works = useSession(worksOf);
  useEffect(() => {
    if (!works || !('wakeLock' in navigator)) return;
    let lock: WakeLockSentinel | undefined;
    let over = false;
    const ask = async (): Promise<void> => {
      if (document.visibilityState !== 'visible' || (lock && !lock.released)) return;
      // Refused on low battery, or by the system: nothing depends on it.
      lock = await navigator.wakeLock.request('screen').catch(() => undefined);
      if (over) lock?.release();
    };
    ask();
    // The browser takes it back whenever the page is hidden.
    document.addEventListener('visibilitychange', ask);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', ask);
      lock?.release();
    };
  }, [works]);
}
