/** The two models. */
import { useTranslation } from 'react-i18next';
import { ModelCard } from './ModelCard';

export function ModelsPanel() {
  const { t } = useTranslation();
  return (
    <section className="panel" aria-labelledby="models-title">
      <div className="panel-head">
        <h2 id="models-title">{t('models.title')}</h2>
      </div>
      <div className="models">
        <ModelCard of="teacher" />
        <ModelCard of="student" />
      </div>
      <p className="hint">{t('models.folder')}</p>
    </section>
  );
}
