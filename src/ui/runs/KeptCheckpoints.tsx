/** Checkpoints in the browser's storage: which there are and what they take, saved as a file, opened from one, deleted. */
import { useTranslation } from 'react-i18next';
import { type KeptCheckpoint, type Session, usedElsewhere } from '../../store';
import { language } from '../i18n';
import { bytes } from '../i18n/format';
import { downloadBlob } from '../saving/place';
import { FileButton } from '../shared/FileButton';
import { useSession, useStudio } from '../studioContext';
import { dateTime } from './dates';

const keptOf = (s: Session) => s.checkpoints;
const busyOf = (s: Session) => s.running !== undefined || s.runningAll;

export function KeptCheckpoints() {
  const { t } = useTranslation();
  const studio = useStudio();
  const kept = useSession(keptOf);
  const busy = useSession(busyOf);
  const taken = kept.reduce((sum, one) => sum + one.bytes, 0);
  return (
    <section
      className="checkpoints"
      aria-labelledby="checkpoints-title"
      data-testid="checkpoints"
      data-count={kept.length}
    >
      <h3 id="checkpoints-title">{t('checkpoint.title')}</h3>
      <p className="hint">
        {t('checkpoint.about')} {kept.length > 0 && t('checkpoint.takes', { count: kept.length, bytes: bytes(taken) })}
      </p>
      <p className="source-actions">
        <FileButton
          className="button small"
          testId="open-checkpoint"
          accept=".safetensors"
          name={t('checkpoint.openName')}
          disabled={busy}
          open={([file]) => file && studio.openCheckpoint(file)}
        >
          {t('checkpoint.open')}
        </FileButton>
      </p>
      {kept.length > 0 && (
        <ul className="checkpoint-list">
          {kept.map((one) => (
            <Kept key={one.key} kept={one} busy={busy} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Kept({ kept, busy }: { readonly kept: KeptCheckpoint; readonly busy: boolean }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const needed = useSession((s) => usedElsewhere(s.runs, kept.key));
  const { key, stage, step, totalSteps: total, written, bytes: size } = kept;
  const name = t('checkpoint.name', { stage: t(`stage.${stage}`), step, total });
  const save = async (): Promise<void> => {
    const file = await studio.checkpointFile(key);
    if (file) downloadBlob(file, `${stage}-step-${step}.safetensors`);
  };
  return (
    <li data-testid="kept-checkpoint" data-stage={stage} data-step={step}>
      <span>{name}</span>
      <span className="hint">
        {dateTime(written, language())} · {bytes(size)}
      </span>
      <button type="button" className="link small" data-testid="save-checkpoint" onClick={save}>
        {t('checkpoint.save')}
      </button>
      <button
        type="button"
        className="link small"
        data-testid="delete-checkpoint"
        disabled={busy || needed}
        title={needed ? t('room.needed') : undefined}
        aria-label={t('checkpoint.deleteName', { name })}
        onClick={() => studio.deleteCheckpoint(key)}
      >
        {t('checkpoint.delete')}
      </button>
    </li>
  );
}
