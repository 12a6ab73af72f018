/** Asks before a stage is started that the plan says the card cannot hold: the person may know better. */
import { useTranslation } from 'react-i18next';
import { misfit, type Stage } from '../store';
import { bytes } from './i18n/format';
import { useStudio } from './studioContext';

/** True when the stage (all that are left when none is given) fits, or when the person starts it anyway. */
export function useConfirmMemory(): (only?: Stage) => boolean {
  const { t } = useTranslation();
  const { session } = useStudio();
  return (only) => {
    const state = session.getState();
    const stage = misfit(state, only);
    const plan = stage && state.memory.plan?.[stage];
    if (!plan) return true;
    const { tooLarge } = plan;
    const name = t(`stage.${stage}`);
    const asked = tooLarge
      ? t('memory.confirmUnbound', {
          stage: name,
          bytes: bytes(tooLarge.bytes, 100),
          limit: bytes(tooLarge.limit, 100),
        })
      : t('memory.confirm', { stage: name, bytes: bytes(plan.bytes, 100), card: `${state.memory.card} GiB` });
    return window.confirm(asked);
  };
}
