/** The recipe as a form: few fields in sight, the rest under “advanced”; what is not the default is marked. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { readField, referenceValue, type Session, sameValue } from '../../store';
import { useSession, useStudio } from '../studioContext';
import { Advanced } from './Advanced';
import { FieldRow } from './FieldRow';
import { allFields, type Group, groups } from './fields';
import { PresetRules } from './PresetRules';
import { RecipeFile } from './RecipeFile';
import { SavedRecipes } from './SavedRecipes';

/** How many settings are not what they start from. */
export const changedCount = (s: Session): number =>
  allFields.filter(({ path }) => path in s.drafts || !sameValue(readField(s.recipe, path), referenceValue(s, path)))
    .length;

const lockedOf = (s: Session) => s.running !== undefined || s.runningAll;

export function SettingsPanel() {
  const { t } = useTranslation();
  const { session } = useStudio();
  const locked = useSession(lockedOf);
  const changed = useSession(changedCount);
  const resetAll = (): void => {
    for (const { path } of allFields) session.getState().resetField(path);
  };
  return (
    <section className="panel settings" id="settings" aria-labelledby="settings-title">
      <div className="panel-head">
        <h2 id="settings-title">{t('settings.title')}</h2>
        {changed > 0 && (
          <p className="changed-count">
            {t('settings.changedCount', { count: changed })}
            <button type="button" className="link" disabled={locked} onClick={resetAll}>
              {t('settings.resetAll')}
            </button>
          </p>
        )}
      </div>
      <RecipeFile locked={locked} />
      <SavedRecipes />
      <p className="hint">{t(locked ? 'settings.locked' : 'settings.nextStart')}</p>
      <form onSubmit={(event) => event.preventDefault()}>
        {groups.map((group) => (
          <GroupFields key={group.key} group={group} locked={locked} />
        ))}
      </form>
    </section>
  );
}

const adaptedOf = (s: Session) => (['teacher', 'student'] as const).filter((role) => s.models[role].adapter);

/** An adapter that training starts from brings its own sizes. */
function FromAdapter() {
  const { t } = useTranslation();
  const roles = useSession(useShallow(adaptedOf));
  if (roles.length === 0) return null;
  const names = roles.map((role) => t(`models.${role}`)).join(t('need.join'));
  return (
    <p className="hint strong" data-testid="lora-from-adapter">
      {t('settings.loraFromAdapter', { roles: names })}
    </p>
  );
}

const judgeOf = (s: Session) => s.recipe.judge;
const judgeDraftOf = (s: Session) => s.drafts.judge?.text;

function GroupFields({ group, locked }: { readonly group: Group; readonly locked: boolean }) {
  const { t } = useTranslation();
  const judge = useSession(judgeOf);
  const draft = useSession(judgeDraftOf);
  const shown = group.fields.filter(({ path }) => path !== 'judgePattern' || (draft ?? judge) === 'regex');
  const advanced = shown.filter((field) => field.advanced);
  return (
    <fieldset disabled={locked} data-group={group.key}>
      <legend>{t(`settings.${group.key}`)}</legend>
      {group.key === 'lora' && <FromAdapter />}
      <div className="fields">
        {shown.map((field) => !field.advanced && <FieldRow key={field.path} field={field} />)}
      </div>
      {group.key === 'preset' && <PresetRules />}
      {advanced.length > 0 && <Advanced of={group.key} fields={advanced} />}
    </fieldset>
  );
}
