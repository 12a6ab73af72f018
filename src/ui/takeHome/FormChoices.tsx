/** The forms of a model: safetensors always, the others as wished, each with whom it is for and about how large it will be. */
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { type Artifact, type Form, forms as known } from '../../store';
import { bytes } from '../i18n/format';
import { useSession } from '../studioContext';
import { aboutBytes } from './sizes';

interface Props {
  readonly artifact: Artifact;
  readonly forms: readonly Form[];
  readonly choose: (forms: readonly Form[]) => void;
  readonly disabled: boolean;
}

export function FormChoices({ artifact, forms, choose, disabled }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const role = artifact.startsWith('teacher') ? 'teacher' : 'student';
  const info = useSession((s) => s.models[role].info);
  const tick = (form: Form): void =>
    choose(known.filter((other) => (other === form ? !forms.includes(form) : forms.includes(other))));
  return (
    <fieldset className="choice" disabled={disabled}>
      <legend>{t('export.forms')}</legend>
      <div>
        <label>
          <input type="checkbox" checked disabled readOnly />
          {t('export.form.safetensors')}
        </label>
        <p className="hint">{t('export.form.safetensors.hint')}</p>
      </div>
      {known.map((form) => (
        <div key={form}>
          <label>
            <input
              type="checkbox"
              data-testid={`export-form-${form}`}
              checked={forms.includes(form)}
              aria-describedby={`${id}-${form}`}
              onChange={() => tick(form)}
            />
            {t(`export.form.${form}`)}
            {info && <span className="number">{t('export.about', { size: bytes(aboutBytes(form, info)) })}</span>}
          </label>
          <p className="hint" id={`${id}-${form}`}>
            {t(`export.form.${form}.hint`)}
          </p>
        </div>
      ))}
    </fieldset>
  );
}
