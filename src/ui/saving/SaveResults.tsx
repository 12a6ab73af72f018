/** The results of a stage to take home: a button for each, progress while it is written, and where it went. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { type Artifact, cannotSave, type Session, type Stage, savable, stationOf } from '../../store';
import { useSession } from '../studioContext';
import { SaveProgress } from './SaveProgress';
import { ShardSize } from './ShardSize';
import { useSave } from './useSave';

const openStationOf = (s: Session) => s.openStation;
const savingOf = (s: Session) => s.saving;
const isModel = (artifact: Artifact) => !artifact.endsWith('-adapter');

export function SaveResults({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const artifacts = useSession(useShallow((s) => savable(s, stage)));
  const locked = useSession(cannotSave);
  const saving = useSession(savingOf);
  const openStation = useSession(openStationOf);
  const save = useSave();
  if (artifacts.length === 0) return null;
  const own = saving && !saving.chosen && artifacts.includes(saving.artifact) ? saving : undefined;
  return (
    <div className="saving">
      <div className="saving-buttons">
        {artifacts.map((artifact) => (
          <button
            key={artifact}
            type="button"
            className="small"
            data-testid={`save-${artifact}`}
            disabled={locked}
            aria-label={t('save.name', { what: t(`artifact.${artifact}`) })}
            onClick={() => save(artifact, 'folder')}
          >
            {t(isModel(artifact) ? 'save.model' : 'save.adapter')}
          </button>
        ))}
      </div>
      {artifacts.some(isModel) && (
        <>
          <ShardSize at={stationOf(stage)} disabled={locked} />
          <button type="button" className="link small" onClick={() => openStation('takeHome')}>
            {t('save.moreForms')}
          </button>
        </>
      )}
      {own && <SaveProgress saving={own} />}
    </div>
  );
}
