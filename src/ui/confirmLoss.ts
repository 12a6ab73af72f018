/** Asks before other rows, another model or another adapter take away what was trained. */
import { useTranslation } from 'react-i18next';
import { type Cause, wouldLose } from '../store';
import { useStudio } from './studioContext';

/** True when nothing would be lost, or when the person agrees. `edit`: the rows stay, and some of them change. */
export function useConfirmLoss(): (what: Cause, edit?: 'edit') => boolean {
  const { t } = useTranslation();
  const { session } = useStudio();
  return (what, edit) => {
    const lost = wouldLose(session.getState(), what);
    if (lost.length === 0) return true;
    const stages = lost.map((stage) => t(`stage.${stage}`)).join(t('need.join'));
    const adapter = what === 'teacher-adapter' || what === 'student-adapter';
    const rows = edit ? 'lose.edit' : 'lose.rows';
    const question = adapter ? 'lose.adapter' : what === 'train' ? rows : 'lose.model';
    return window.confirm(t(question, { stages }));
  };
}
