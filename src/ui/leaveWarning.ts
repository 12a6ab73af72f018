/** The browser asks before the page is left while a stage runs or a folder is pushed, or when something was trained and not kept: it would be gone. */
import { useEffect } from 'react';
import { type Session, unkept } from '../store';
import { useSession } from './studioContext';

/** Whether leaving the page now would lose something. */
export const hasWork = (s: Session) =>
  s.running !== undefined || s.runningAll || s.push.progress !== undefined || unkept(s).length > 0;

export function useLeaveWarning(): void {
  const work = useSession(hasWork);
  useEffect(() => {
    if (!work) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [work]);
}
