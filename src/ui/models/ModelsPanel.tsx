/** The two models, and where others come from. */
import type { DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { useSession, useStudio } from '../studioContext';
import { HubPanel } from './HubPanel';
import { ModelCard } from './ModelCard';

const mismatchOf = (s: Session) => s.mismatch;

export function ModelsPanel() {
  const { t } = useTranslation();
  const studio = useStudio();
  const mismatch = useSession(mismatchOf);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    const message = 'Drop the folder on the teacher or on the student.';
    studio.session.getState().notify({ code: 'drop-which', message, detail: {} });
  };
  const shown = (token: string | undefined): string => (token === undefined ? '∅' : JSON.stringify(token));
  return (
    // Without this, the browser would leave the page for what was dropped beside the cards.
    <section
      className="panel"
      aria-labelledby="models-title"
      data-testid="models"
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
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
