/** Above the stations: the recipe, and what starts and stops everything. */
import { useTranslation } from 'react-i18next';
import { RecipeBar } from '../settings/RecipeBar';
import { RunAll } from './RunAll';

export function PipelineHead() {
  const { t } = useTranslation();
  return (
    <div className="section-head">
      <h2 id="pipeline-title" className="sr-only">
        {t('pipeline.title')}
      </h2>
      <RecipeBar />
      <RunAll />
    </div>
  );
}
