/** Asks before other rows or another model take away what was trained. */
import { useTranslation } from 'react-i18next';
import { type Role, type Split, wouldLose } from '../store';
import { useStudio } from './studioContext';

/** True when nothing would be lost, or when the person agrees. */
export function useConfirmLoss(): (what: Role | Split) => boolean {
  const { t } = useTranslation();
  const { session } = useStudio();
  return (what) => {
    const lost = wouldLose(session.getState(), what);
    if (lost.length === 0) return true;
    const stages = lost.map((stage) => t(`stage.${stage}`)).join(t('need.join'));
    return window.confirm(t(what === 'train' ? 'lose.rows' : 'lose.model', { stages }));
  };
}
