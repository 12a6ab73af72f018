/** The stages from left to right, and what starts and stops them. */
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { pipeline } from '../../store';
import { RunAll } from './RunAll';
import { StageCard } from './StageCard';

export function Pipeline() {
  const { t } = useTranslation();
  return (
    <section className="pipeline" id="pipeline" aria-labelledby="pipeline-title">
      <div className="section-head">
        <h2 id="pipeline-title">{t('pipeline.title')}</h2>
        <RunAll />
      </div>
      <ol className="stages">
        {pipeline.map((stage, i) => (
          <Fragment key={stage}>
            <StageCard stage={stage} number={i + 1} />
          </Fragment>
        ))}
        <StageCard stage="control" />
      </ol>
    </section>
  );
}
