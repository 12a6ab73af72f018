/** Tells a person who is elsewhere that everything has run, or why it has not: only when they asked for it. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { type Session, stagesOf } from '../../store';
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

/** Nothing is told to somebody who is looking. */
export function useEndNotification(): void {
  const { t } = useTranslation();
  const { session } = useStudio();
  const busy = useSession(busyOf);
  const wished = useNotificationWish((s) => s.wished);
  const before = useRef(false);
  useEffect(() => {
    const ended = before.current && !busy;
    before.current = busy;
    if (!ended || !wished || !document.hidden || !canNotify()) return;
    const { stages, recipe } = session.getState();
    const records = stagesOf(recipe).map((stage) => ({ stage, ...stages[stage] }));
    const failed = records.find(({ state }) => state === 'failed');
    const last = records.findLast(({ state }) => state === 'done');
    const body = failed
      ? t('notify.failed', { stage: t(`stage.${failed.stage}`) })
      : t('notify.done', { stage: last ? t(`stage.${last.stage}`) : '' });
    new Notification(t('app.name'), { body, tag: 'distillery-end' });
  }, [busy, wished, session, t]);
}
