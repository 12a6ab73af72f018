/** One model: what it is, and the button that opens another. */
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelInfo, Role } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { bytes, parameters, whole } from '../i18n/format';
import { useSession, useStudio } from '../studioContext';
import { AdapterSlot } from './AdapterSlot';

export function ModelCard({ of: role }: { readonly of: Role }) {
  const { t } = useTranslation();
  const slot = useSession((s) => s.models[role]);
  return (
    <article className="model" data-testid={`model-${role}`} data-role={role} aria-busy={slot.loading}>
      <h3>
        {t(`models.${role}`)}
        {slot.demo && <span className="badge">{t('models.demo')}</span>}
      </h3>
      <p className="model-name" aria-live="polite">
        {slot.loading ? t('models.loading') : (slot.info?.name ?? t('models.none'))}
      </p>
      {slot.info && <ModelFacts info={slot.info} />}
      <OpenFolder of={role} demo={slot.demo} />
      <AdapterSlot of={role} />
    </article>
  );
}

function ModelFacts({ info }: { readonly info: ModelInfo }) {
  const { t } = useTranslation();
  const facts = [
    [t('models.parameters'), parameters(info.parameters)],
    [t('models.size'), bytes(info.bytes)],
    [t('models.layers'), `${info.layers} × ${info.hidden}`],
    [t('models.heads'), `${info.heads} (${info.kvHeads})`],
    [t('models.vocabulary'), whole(info.vocabulary)],
    [t('models.context'), whole(info.context)],
  ] as const;
  return (
    <dl>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function OpenFolder({ of: role, demo }: { readonly of: Role; readonly demo: boolean }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const id = useId();
  const open = (files: readonly File[]): void => {
    const [first] = files;
    // The browser gives “folder/sub/file”: the first part is the folder that was chosen.
    const name = first && (first.webkitRelativePath.split('/')[0] || first.name);
    if (name && confirmLoss(role)) studio.loadModel(role, { kind: 'files', name, files });
  };
  return (
    <p className="source-actions">
      <input
        className="sr-only"
        type="file"
        id={id}
        data-testid={`folder-${role}`}
        aria-label={t('models.openRole', { role: t(`models.${role}`) })}
        ref={(input) => input?.setAttribute('webkitdirectory', '')}
        onChange={(event) => {
          open([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
      <label className="button" htmlFor={id}>
        {t('models.open')}
      </label>
      {!demo && (
        <button type="button" className="link" onClick={() => confirmLoss(role) && studio.loadDemoModel(role)}>
          {t('models.backToDemo')}
        </button>
      )}
    </p>
  );
}
