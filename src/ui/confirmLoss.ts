/** Asks before other rows, another model, another adapter or none take away what was trained. */
import { useTranslation } from 'react-i18next';
import { type Cause, wouldLose } from '../store';
import { useStudio } from './studioContext';

/** True when nothing would be lost, or when the person agrees. `edit`: the rows stay, and some change; `close`: no model comes instead. */
export function useConfirmLoss(): (what: Cause, how?: 'edit' | 'close') => boolean {
  const { t } = useTranslation();
  const { session } = useStudio();
  return (what, how) => {
    const lost = wouldLose(session.getState(), what);
    if (lost.length === 0) return true;
    const stages = lost.map((stage) => t(`stage.${stage}`)).join(t('need.join'));
    const adapter = what === 'teacher-adapter' || what === 'student-adapter';
    const rows = how === 'edit' ? 'lose.edit' : 'lose.rows';
    const model = how === 'close' ? 'lose.close' : 'lose.model';
    const question = adapter ? 'lose.adapter' : what === 'train' ? rows : model;
    return window.confirm(t(question, { stages }));
  };
}
