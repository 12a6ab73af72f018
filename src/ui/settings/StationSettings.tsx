/** The settings that belong to a station: the few simple ones, or all; what is changed is always in sight. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { type Session, type Station, unfinishedWarmup } from '../../store';
import { useSession } from '../studioContext';
import { isChanged } from './changed';
import { FieldRow } from './FieldRow';
import { FromAdapter } from './FromAdapter';
import { type Field, type Group, groups } from './fields';
import { useSettingsMode } from './mode';
import { paddingInVain, paddingPath } from './padding';

const lockedOf = (s: Session) => s.running !== undefined || s.runningAll;

export function StationSettings({ station }: { readonly station: Station }) {
  const { t } = useTranslation();
  const locked = useSession(lockedOf);
  const here = groups.filter((group) => group.station === station);
  if (here.length === 0) return null;
  return (
    <section className="panel settings" aria-label={t('settings.title')}>
      {locked && <p className="hint">{t('settings.locked')}</p>}
      <form onSubmit={(event) => event.preventDefault()}>
        {here.map((group) => (
          <GroupFields key={group.key} group={group} locked={locked} />
        ))}
      </form>
    </section>
  );
}

function GroupFields({ group, locked }: { readonly group: Group; readonly locked: boolean }) {
  const { t } = useTranslation();
  const all = useSettingsMode(({ mode }) => mode === 'all');
  const fields = useSession(
    useShallow((s) => group.fields.filter((field) => applies(s, field) && (all || speaks(s, field)))),
  );
  if (fields.length === 0) return null;
  return (
    <fieldset disabled={locked} data-group={group.key}>
      <legend>{t(`settings.${group.key}`)}</legend>
      {group.key === 'lora' && <FromAdapter />}
      <div className="fields">
        {fields.map((field) => (
          <FieldRow key={field.path} field={field} />
        ))}
      </div>
    </fieldset>
  );
}

/** A pattern is only asked for by the judge that uses it. */
function applies(s: Session, { path }: Field): boolean {
  return path !== 'judgePattern' || (s.drafts.judge?.text ?? s.recipe.judge) === 'regex';
}

/** Simple ones, changed ones, and those that have something to say. */
function speaks(s: Session, field: Field): boolean {
  if (field.simple || isChanged(s, field)) return true;
  if (field.path === 'judgePattern') return true;
  if (field.path === paddingPath) return paddingInVain(s);
  if (field.path === 'sft.warmupSteps') return unfinishedWarmup(s, 'sft') !== undefined;
  return field.path === 'distill.warmupSteps' && unfinishedWarmup(s, 'distill') !== undefined;
}
