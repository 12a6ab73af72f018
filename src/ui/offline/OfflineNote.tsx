/** Whether the page would open without a network, in half a line; nothing before that is known. */
import { useTranslation } from 'react-i18next';
import type { OfflineState } from '../../store';
import { useOffline } from './offline';

const keptOf = (s: OfflineState) => s.kept;

export function OfflineNote() {
  const { t } = useTranslation();
  const kept = useOffline(keptOf);
  if (!kept) return null;
  return (
    <span data-testid="offline" data-kept={kept}>
      {t(`offline.${kept}`)}
    </span>
  );
}
