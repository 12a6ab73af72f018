/** The results of a stage to take home: a button for each, progress while it is written, and where it went. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { type Artifact, isSaving, type Session, type Stage, savable } from '../../store';
import { useSession, useStudio } from '../studioContext';
import { choosePlace } from './place';
import { SaveProgress } from './SaveProgress';
import { ShardSize } from './ShardSize';

const lockedOf = (s: Session) => s.running !== undefined || s.runningAll || s.lost || isSaving(s.saving);
const savingOf = (s: Session) => s.saving;
const isModel = (artifact: Artifact) => !artifact.endsWith('-adapter');

export function SaveResults({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const artifacts = useSession(useShallow((s) => savable(s, stage)));
  const locked = useSession(lockedOf);
  const saving = useSession(savingOf);
  const save = useSave();
  if (artifacts.length === 0) return null;
  const own = saving && artifacts.includes(saving.artifact) ? saving : undefined;
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
            onClick={() => save(artifact)}
          >
            {t(isModel(artifact) ? 'save.model' : 'save.adapter')}
          </button>
        ))}
      </div>
      {artifacts.some(isModel) && <ShardSize stage={stage} disabled={locked} />}
      {own && <SaveProgress saving={own} />}
    </div>
  );
}

/** The picker is opened by the click itself, or the browser refuses to. */
function useSave(): (artifact: Artifact) => Promise<void> {
  const studio = useStudio();
  return async (artifact) => {
    try {
      const place = await choosePlace();
      const saved = place && (await studio.save(artifact, place.folder));
      if (saved) await place.finish(saved);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The folder cannot be written to: ${reason}`;
      studio.session.getState().notify({ code: 'save-denied', message, detail: { file: artifact, reason } });
    }
  };
}
