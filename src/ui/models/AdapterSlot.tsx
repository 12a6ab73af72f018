/** The adapter that training of a model starts from: open one, see what it is, take it away again. */
import { useTranslation } from 'react-i18next';
import type { AdapterInfo, Role, Session } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { parameters } from '../i18n/format';
import { FileButton } from '../shared/FileButton';
import { useSession, useStudio } from '../studioContext';

const lockedOf = (s: Session) => s.running !== undefined || s.runningAll;

export function AdapterSlot({ of: role }: { readonly of: Role }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const { adapter, info } = useSession((s) => s.models[role]);
  const locked = useSession(lockedOf);
  if (!info) return null;
  const remove = (): void => {
    if (confirmLoss(`${role}-adapter`)) studio.discardAdapter(role);
  };
  return (
    <div className="adapter" data-testid={`adapter-${role}`}>
      {adapter && <AdapterFacts adapter={adapter} role={role} />}
      <p className="source-actions">
        <OpenAdapter of={role} another={adapter !== undefined} />
        {adapter && (
          <button
            type="button"
            className="link small"
            data-testid={`adapter-remove-${role}`}
            disabled={locked}
            onClick={remove}
          >
            {t('adapter.remove')}
          </button>
        )}
      </p>
    </div>
  );
}

function AdapterFacts({ adapter, role }: { readonly adapter: AdapterInfo; readonly role: Role }) {
  const { t } = useTranslation();
  const untrained = useSession((s) => s.stages[role === 'teacher' ? 'sft' : 'distill'].steps === 0);
  const { name, rank, alpha, uniform, targets, modules, baseModel } = adapter;
  const size = { rank, alpha, modules, parameters: parameters(adapter.parameters) };
  return (
    <div className="adapter-facts">
      <p>
        {t('adapter.from')} <span className="model-name">{name}</span>
      </p>
      <p className="took">{t(uniform ? 'adapter.sizes' : 'adapter.mixedSizes', size)}</p>
      <p className="took">{t('adapter.targets', { targets: targets.join(', ') })}</p>
      {baseModel && <p className="took">{t('adapter.trainedOn', { model: baseModel })}</p>}
      {untrained && (
        <p className="took">{t(role === 'teacher' ? 'adapter.untrainedTeacher' : 'adapter.untrainedStudent')}</p>
      )}
    </div>
  );
}

function OpenAdapter({ of: role, another }: { readonly of: Role; readonly another: boolean }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const open = (files: readonly File[]): void => {
    const [first] = files;
    const name = first && (first.webkitRelativePath.split('/')[0] || t('adapter.twoFiles'));
    if (name && confirmLoss(`${role}-adapter`)) studio.loadAdapter(role, { kind: 'files', name, files });
  };
  const name = (key: 'adapter.openFolder' | 'adapter.openFiles') => t(key, { role: t(`models.${role}`) });
  return (
    <>
      <FileButton
        folder
        className="button small"
        testId={`adapter-folder-${role}`}
        name={name('adapter.openFolder')}
        open={open}
      >
        {t(another ? 'adapter.another' : 'adapter.open')}
      </FileButton>
      <FileButton
        multiple
        className="link"
        testId={`adapter-files-${role}`}
        name={name('adapter.openFiles')}
        accept=".json,.safetensors"
        open={open}
      >
        {t('adapter.orFiles')}
      </FileButton>
    </>
  );
}
