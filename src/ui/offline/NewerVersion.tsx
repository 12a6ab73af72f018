/** A newer version is there. It waits: nothing is loaded again unless a person says so, and not while work would be lost. */
import { useTranslation } from 'react-i18next';
import type { OfflineState } from '../../store';
import { hasWork } from '../leaveWarning';
import { Icon } from '../shared/Icon';
import { useSession } from '../studioContext';
import { offline, useOffline } from './offline';

const newerOf = (s: OfflineState) => s.newer;

export function NewerVersion() {
  const { t } = useTranslation();
  const newer = useOffline(newerOf);
  const work = useSession(hasWork);
  return (
    <div className="newer" role="status">
      {newer !== 'none' && (
        <div className="notice" data-testid="newer">
          <p>{t(newer === 'otherTabs' ? 'newer.otherTabs' : 'newer.waiting')}</p>
          {!work && (
            <button type="button" data-testid="newer-reload" onClick={offline.useNewer}>
              {t('newer.reload')}
            </button>
          )}
          <button type="button" className="quiet icon" aria-label={t('notice.dismiss')} onClick={offline.dismiss}>
            <Icon name="cross" />
          </button>
        </div>
      )}
    </div>
  );
}
