/** Tells a person who is elsewhere that everything has run, or why it has not: only when they asked for it. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Session, Stage, StageEnd } from '../../store';
import type { Translate } from '../i18n';
import { useSession, useStudio } from '../studioContext';

interface Wish {
  readonly wished: boolean;
  readonly setWished: (wished: boolean) => void;
}

/** Remembered between visits; the browser's own permission decides. */
export const useNotificationWish = create<Wish>()(
  persist((set) => ({ wished: false, setWished: (wished) => set({ wished }) }), { name: 'distillery.notify' }),
);

export function canNotify(): boolean {
  return 'Notification' in window && Notification.permission !== 'denied';
}

/** True when the browser lets the page notify. To be called in a click. */
export async function askToNotify(): Promise<boolean> {
  return (await Notification.requestPermission()) === 'granted';
}

const busyOf = (s: Session) => s.running !== undefined || s.runningAll;
const runningOf = (s: Session) => s.running;

/** Nothing is told to somebody who is looking. */
export function useEndNotification(): void {
  const { t } = useTranslation();
  const { session } = useStudio();
  const busy = useSession(busyOf);
  const running = useSession(runningOf);
  const wished = useNotificationWish((s) => s.wished);
  /** The stage that ran last, until its end has been told. */
  const last = useRef<Stage>(undefined);
  useEffect(() => {
    if (running) last.current = running;
    const ended = busy ? undefined : last.current;
    if (!ended) return;
    last.current = undefined;
    if (wished && document.hidden) tell(t('app.name'), sentence(t, ended, session.getState().ended));
  }, [busy, running, wished, session, t]);
}

function sentence(t: Translate, stage: Stage, end: StageEnd | undefined): string {
  const name = t(`stage.${stage}`);
  if (end === 'failed') return t('notify.failed', { stage: name });
  return t(end === 'done' ? 'notify.done' : 'notify.stopped', { stage: name });
}

/** Some browsers have the constructor and refuse it; then nobody is told, and nothing breaks. */
function tell(title: string, body: string): void {
  if (!canNotify()) return;
  try {
    new Notification(title, { body, tag: 'distillery-end' });
  } catch {
    // A page on a phone may only notify through a service worker.
  }
}
