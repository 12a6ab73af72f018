/** Beside the warm-up: a run too short for it would end without a word, having learnt next to nothing. */
import { useTranslation } from 'react-i18next';
import { unfinishedWarmup } from '../../store';
import { useSession } from '../studioContext';

export function WarmupHint({ group }: { readonly group: 'sft' | 'distill' }) {
  const { t } = useTranslation();
  const steps = useSession((s) => unfinishedWarmup(s, group));
  const warmup = useSession((s) => s.recipe[group].warmupSteps);
  if (steps === undefined) return null;
  return (
    <p className="hint warn" role="status" data-testid={`warmup-hint-${group}`}>
      {t('settings.warmupUnfinished', { count: steps, warmup })}
    </p>
  );
}
