/** What is kept in the browser: whole models to open, unfinished ones to go on with, and a button to delete each. */
import { useTranslation } from 'react-i18next';
import type { DownloadProgress, Role, StoredModel } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { bytes } from '../i18n/format';
import { useStudio } from '../studioContext';
import { LicenceLine } from './FoundModel';

const roles: readonly Role[] = ['teacher', 'student'];

interface Props {
  readonly stored: readonly StoredModel[];
  readonly progress: DownloadProgress | undefined;
  readonly resume: (stored: StoredModel) => void;
}

export function StoredModels({ stored, progress, resume }: Props) {
  const { t } = useTranslation();
  const sum = stored.reduce((bytes, model) => bytes + model.stored, 0);
  return (
    <div className="hub-stored">
      <h3>{t('hub.stored', { size: bytes(sum) })}</h3>
      <ul>
        {stored.map((model) => (
          <Stored
            key={model.key}
            stored={model}
            loading={progress !== undefined}
            current={progress?.key === model.key}
            resume={() => resume(model)}
          />
        ))}
      </ul>
    </div>
  );
}

interface StoredProps {
  readonly stored: StoredModel;
  /** Something is being downloaded, and whether it is this one. */
  readonly loading: boolean;
  readonly current: boolean;
  readonly resume: () => void;
}

function Stored({ stored, loading, current, resume }: StoredProps) {
  const { t, i18n } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const { key, model, whole } = stored;
  const { name } = model;
  const date = new Date(stored.date).toLocaleDateString(i18n.language);
  const size = whole ? bytes(stored.stored) : t('hub.done', { done: bytes(stored.stored), total: bytes(model.bytes) });
  return (
    <li className="hub-stored-model" data-testid="stored" data-key={key} data-whole={whole}>
      <p className="model-name">{name}</p>
      <p className="hint">
        {`${model.revision} (${model.commit.slice(0, 8)}) · ${size} · ${date}`}
        {!whole && <span className="badge warn">{t('hub.unfinished')}</span>}
      </p>
      <LicenceLine licence={model.licence} />
      <p className="source-actions">
        {whole &&
          roles.map((role) => (
            <button
              key={role}
              type="button"
              data-testid={`stored-${role}`}
              aria-label={t('hub.useAs', { name, role: t(`models.${role}`) })}
              onClick={() => confirmLoss(role) && studio.loadModel(role, { kind: 'stored', name, key })}
            >
              {t(`hub.as.${role}`)}
            </button>
          ))}
        {!whole && (
          <button type="button" data-testid="stored-continue" disabled={loading} onClick={resume}>
            {t('hub.continue')}
          </button>
        )}
        <button
          type="button"
          className="link"
          data-testid="stored-delete"
          disabled={current}
          aria-label={t('hub.deleteNamed', { name })}
          onClick={() =>
            window.confirm(t('hub.deleteSure', { name, size: bytes(stored.stored) })) && studio.deleteStored(key)
          }
        >
          {t('hub.delete')}
        </button>
      </p>
    </li>
  );
}
