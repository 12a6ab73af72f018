/** The two models, and where others come from. */
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { useSession } from '../studioContext';
import { HubPanel } from './HubPanel';
import { ModelCard } from './ModelCard';

const mismatchOf = (s: Session) => s.mismatch;

export function ModelsPanel() {
  const { t } = useTranslation();
  const mismatch = useSession(mismatchOf);
  const shown = (token: string | undefined): string => (token === undefined ? '∅' : JSON.stringify(token));
  return (
    <section className="panel" aria-labelledby="models-title">
      <div className="panel-head">
        <h2 id="models-title">{t('models.title')}</h2>
      </div>
      <div className="models">
        <ModelCard of="teacher" />
        <ModelCard of="student" />
      </div>
      {mismatch && (
        <p className="hint warn" role="status" data-testid="mismatch">
          {t('models.mismatch', {
            id: mismatch.id,
            teacher: shown(mismatch.teacher),
            student: shown(mismatch.student),
          })}
        </p>
      )}
      <p className="hint">{t('models.folder')}</p>
      <HubPanel />
    </section>
  );
}
