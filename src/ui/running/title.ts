/** The title of the tab says how far the running stage is, so that a person need not look at the page. */
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { useSession } from '../studioContext';

const shareOf = ({ running, phase }: Session): number | undefined =>
  running && phase && phase.total > 0 ? Math.floor((100 * phase.done) / phase.total) : undefined;
/** Its share begins anew with each phase: another one than training is named. */
const besideOf = ({ running, phase }: Session) => (running && phase?.phase !== 'training' ? phase?.phase : undefined);
const runningOf = (s: Session) => s.running;
const pausedOf = (s: Session) => s.running !== undefined && s.stages[s.running].state === 'paused';

export function useTitle(): void {
  const { t } = useTranslation();
  const running = useSession(runningOf);
  const share = useSession(shareOf);
  const beside = useSession(besideOf);
  const paused = useSession(pausedOf);
  const how = paused ? '⏸ ' : share === undefined ? '' : `${share}% `;
  const stage = running && t(`stage.${running}`);
  const now = stage && beside && !paused ? t('run.phase', { stage, phase: t(`phase.${beside}`) }) : stage;
  const title = now ? `${how}${now} · ${t('app.name')}` : t('app.name');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
