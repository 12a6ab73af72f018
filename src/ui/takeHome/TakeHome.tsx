/** The last station: a model written in the forms that other programs read, and what was written, looked at and passed on. */
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { modelsMade } from '../../store';
import { useSession, useStudio } from '../studioContext';
import { Exports } from './Exports';
import { MakeExport } from './MakeExport';
import { PushSection } from './PushSection';

export function TakeHome() {
  const { t } = useTranslation();
  const studio = useStudio();
  const artifacts = useSession(useShallow(modelsMade));
  useEffect(() => {
    const list = (): void => void studio.listExports();
    list();
    // Whoever comes back from another tab may have written or deleted models there.
    window.addEventListener('focus', list);
    return () => window.removeEventListener('focus', list);
  }, [studio]);
  return (
    <>
      <section className="panel make-export" aria-labelledby="make-export-title">
        <h2 id="make-export-title">{t('export.title')}</h2>
        {artifacts.length > 0 ? (
          <MakeExport artifacts={artifacts} />
        ) : (
          <p className="empty" data-testid="export-nothing">
            {t('export.nothing')}
          </p>
        )}
      </section>
      <Exports />
      <PushSection />
    </>
  );
}
