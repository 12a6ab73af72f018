/** One setting: label, control, meaning, the mark when it is not the default, the sentence when it cannot be used. */
import { useTranslation } from 'react-i18next';
import { demoValue, readField, referenceValue, type Session } from '../../store';
import { Icon } from '../shared/Icon';
import { useSession } from '../studioContext';
import { isChanged, shownValue } from './changed';
import { FieldControl } from './FieldControl';
import type { Field } from './fields';
import { JudgeHint } from './JudgeHint';
import { nothingPadded, paddingInVain, paddingPath } from './padding';
import { problemText } from './problemText';
import { WarmupHint } from './WarmupHint';

const resetOf = (s: Session) => s.resetField;

export function FieldRow({ field }: { readonly field: Field }) {
  const { t } = useTranslation();
  const { path, name, control, unit } = field;
  const value = useSession((s) => readField(s.recipe, path));
  const draft = useSession((s) => s.drafts[path]);
  const reset = useSession(resetOf);
  const reference = useSession((s) => referenceValue(s, path));
  const changed = useSession((s) => isChanged(s, field));
  const demo = useSession((s) => demoValue(s, path));
  const id = `field-${path}`;
  const label = t(`field.${name}`);
  return (
    <div className={`field field-${control.kind}`} data-path={path} data-changed={changed}>
      <label htmlFor={control.kind === 'list' ? undefined : id} id={`${id}-label`}>
        {label}
        {unit && <span className="unit"> ({t(`unit.${unit}`)})</span>}
      </label>
      <FieldControl field={field} value={value} draft={draft} id={id} />
      <div className="note">
        {draft ? (
          <p className="problem" id={`${id}-note`} role="alert">
            {problemText(t, control, draft)}
          </p>
        ) : (
          <p className="hint" id={`${id}-note`}>
            {t(`hint.${name}`)} {path === paddingPath && <PaddingNote />}
            {control.kind !== 'text' && (
              <span className="default">{t('settings.default', { value: shownValue(t, field, reference) })}</span>
            )}
          </p>
        )}
        {name === 'judge' && <JudgeHint />}
        {name === 'warmupSteps' && !draft && <WarmupHint group={path === 'sft.warmupSteps' ? 'sft' : 'distill'} />}
        {changed && (
          <button
            type="button"
            className="reset"
            title={t('settings.reset', { field: label, value: shownValue(t, field, reference) })}
            aria-label={t('settings.reset', { field: label, value: shownValue(t, field, reference) })}
            onClick={() => {
              reset(path);
              // The button goes with the change: the hand stays at the field.
              document.getElementById(id)?.focus();
            }}
          >
            {t('settings.changed')}
            <Icon name="reset" />
          </button>
        )}
        {!changed && demo && path !== 'systemPrompt' && <span className="badge">{t('settings.demo')}</span>}
      </div>
    </div>
  );
}

/** Why it is switched off, or does nothing. */
function PaddingNote() {
  const { t } = useTranslation();
  const none = useSession(nothingPadded);
  const vain = useSession(paddingInVain);
  if (!none) return null;
  return (
    <span className={vain ? 'hint warn' : undefined} data-testid="padding-note">
      {t(vain ? 'settings.paddingInVain' : 'settings.nothingPadded')}{' '}
    </span>
  );
}
