/** The stages from left to right, and what starts and stops them. */
import { useTranslation } from 'react-i18next';
import { pipeline } from '../../store';
import { changedCount } from '../settings/SettingsPanel';
import { useSession } from '../studioContext';
import { RunAll } from './RunAll';
import { StageCard } from './StageCard';

export function Pipeline() {
  const { t } = useTranslation();
  return (
    <section className="pipeline" id="pipeline" aria-labelledby="pipeline-title">
      <div className="section-head">
        <h2 id="pipeline-title">{t('pipeline.title')}</h2>
        <SettingsLink />
        <RunAll />
      </div>
      <ol className="stages">
        {pipeline.map((stage, i) => (
          <StageCard key={stage} stage={stage} number={i + 1} />
        ))}
        <StageCard stage="control" />
      </ol>
    </section>
  );
}

function SettingsLink() {
  const { t } = useTranslation();
  const changed = useSession(changedCount);
  return (
    <a className="settings-link" href="#settings">
      {t('settings.title')}
      {changed > 0 && <span className="badge">{t('settings.changedCount', { count: changed })}</span>}
    </a>
  );
}
