/** One model: what it is, and the button that opens another; a folder may also be dropped on it. */
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelInfo, Role } from '../../store';
import { bytes, parameters, whole } from '../i18n/format';
import { useSession } from '../studioContext';
import { AdapterSlot } from './AdapterSlot';
import { droppedFolder } from './folders';
import { OpenFolder } from './OpenFolder';
import { useOpenFolder } from './useOpenFolder';

export function ModelCard({ of: role }: { readonly of: Role }) {
  const { t } = useTranslation();
  const slot = useSession((s) => s.models[role]);
  const openFolder = useOpenFolder(role);
  const [over, setOver] = useState(false);
  const drag = (event: DragEvent, inside: boolean): void => {
    event.preventDefault();
    // The panel around it would ask which of the two is meant.
    event.stopPropagation();
    setOver(inside);
  };
  const drop = (event: DragEvent): void => {
    drag(event, false);
    openFolder(Promise.resolve(droppedFolder(event.dataTransfer)));
  };
  return (
    // The same can be done with the button inside: dropping is a shortcut for the mouse.
    <article
      className={over ? 'model over' : 'model'}
      data-testid={`model-${role}`}
      data-role={role}
      data-over={t('models.dropNow', { role: t(`models.${role}`) })}
      aria-busy={slot.loading}
      onDrop={drop}
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
    >
      <h3>
        {t(`models.${role}`)}
        {slot.demo && <span className="badge">{t('models.demo')}</span>}
      </h3>
      <p className="model-name" aria-live="polite">
        {slot.loading ? t('models.loading') : (slot.info?.name ?? t('models.none'))}
      </p>
      {slot.info && <ModelFacts info={slot.info} />}
      <OpenFolder of={role} />
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
