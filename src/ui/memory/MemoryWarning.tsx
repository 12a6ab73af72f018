/** On the card of a stage that the plan says cannot run. */
import { useTranslation } from 'react-i18next';
import type { Session, Stage } from '../../store';
import { useSession } from '../studioContext';
import { size } from './size';

const memoryOf = (s: Session) => s.memory;

export function MemoryWarning({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const { plan, card } = useSession(memoryOf);
  const at = plan?.[stage];
  if (!at) return null;
  return (
    <p className="hint warn" data-testid={`memory-warning-${stage}`}>
      {at.tooLarge ? t('memory.cannotBind') : t('memory.needs', { bytes: size(at), card: `${card} GiB` })}
    </p>
  );
}
