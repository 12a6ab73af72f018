/** An adapter that training starts from brings its own sizes. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import type { Session } from '../../store';
import { useSession } from '../studioContext';

const adaptedOf = (s: Session) => (['teacher', 'student'] as const).filter((role) => s.models[role].adapter);

export function FromAdapter() {
  const { t } = useTranslation();
  const roles = useSession(useShallow(adaptedOf));
  if (roles.length === 0) return null;
  const names = roles.map((role) => t(`models.${role}`)).join(t('need.join'));
  return (
    <p className="hint strong" data-testid="lora-from-adapter">
      {t('settings.loraFromAdapter', { roles: names })}
    </p>
  );
}
