/** The browser asks before the page is left while a stage runs: its work would be gone. */
import { useEffect } from 'react';
import type { Session } from '../store';
import { useSession } from './studioContext';

const isRunning = (s: Session) => s.running !== undefined || s.runningAll;

export function useLeaveWarning(): void {
  const running = useSession(isRunning);
  useEffect(() => {
    if (!running) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [running]);
}
