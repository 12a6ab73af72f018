/** Which model, in which forms, under which name, to which place; and the button that writes it. */
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Artifact, cannotSave, type Form, type Session } from '../../store';
import { hasPicker } from '../models/folders';
import type { Where } from '../saving/place';
import { SaveProgress } from '../saving/SaveProgress';
import { ShardSize } from '../saving/ShardSize';
import { useSave } from '../saving/useSave';
import { useSession } from '../studioContext';
import { CheckAfter, CheckedNow, useCheckAfter } from './CheckAfter';
import { Choice } from './Choice';
import { FormChoices } from './FormChoices';
import { defaultName, modelNameProblem } from './names';

const savingOf = (s: Session) => s.saving;

export function MakeExport({ artifacts }: { readonly artifacts: readonly Artifact[] }) {
  const { t } = useTranslation();
  const save = useSave();
  const locked = useSession(cannotSave);
  const saving = useSession(savingOf);
  // What was made last is what most people take home.
  const [chosen, setChosen] = useState<Artifact>();
  const artifact = chosen && artifacts.includes(chosen) ? chosen : artifacts.at(-1)!;
  const [forms, setForms] = useState<readonly Form[]>(['onnx-fp16']);
  const [where, setWhere] = useState<Where>('browser');
  const [typed, setTyped] = useState<string>();
  const proposed = useSession((s) => defaultName(s, artifact));
  const name = typed ?? proposed;
  const wrong = modelNameProblem(name);
  const after = useCheckAfter(forms, where);
  const make = async (): Promise<void> => {
    const made = await save(artifact, where, { forms, name });
    if (made) await after.check(made);
  };
  const places: readonly Where[] = hasPicker() ? ['browser', 'folder', 'zip'] : ['browser', 'zip'];
  return (
    <div className="make-export-form">
      {artifacts.length > 1 && (
        <Choice
          legend={t('export.which')}
          name="export-artifact"
          options={artifacts.map((value) => ({ value, label: t(`artifact.${value}`) }))}
          value={artifact}
          choose={setChosen}
          disabled={locked}
        />
      )}
      <FormChoices artifact={artifact} forms={forms} choose={setForms} disabled={locked} />
      <Choice
        legend={t('export.where')}
        name="export-where"
        options={places.map((value) => ({
          ...{ value, label: t(`export.where.${value}`), hint: t(`export.where.${value}.hint`) },
        }))}
        value={where}
        choose={setWhere}
        disabled={locked}
      />
      <NameField name={name} wrong={wrong} disabled={locked} enter={setTyped} />
      <ShardSize at="takeHome" disabled={locked} />
      <CheckAfter after={after} disabled={locked} />
      <button
        type="button"
        className="primary"
        data-testid="export"
        disabled={locked || wrong !== undefined}
        onClick={make}
      >
        {t(where === 'zip' ? 'export.makeZip' : 'export.make')}
      </button>
      {saving?.chosen && <SaveProgress saving={saving} />}
      {after.made && <CheckedNow exported={after.made} />}
    </div>
  );
}

interface NameProps {
  readonly name: string;
  readonly wrong: 'empty' | 'characters' | undefined;
  readonly disabled: boolean;
  readonly enter: (name: string) => void;
}

function NameField({ name, wrong, disabled, enter }: NameProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <p className="export-name">
      <label htmlFor={id}>{t('export.name')}</label>
      <input
        id={id}
        data-testid="export-name"
        value={name}
        disabled={disabled}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong && `${id}-wrong`}
        onChange={({ target }) => enter(target.value)}
      />
      {wrong && (
        <span className="problem" id={`${id}-wrong`} role="alert">
          {t(`export.name.${wrong}`)}
        </span>
      )}
    </p>
  );
}
