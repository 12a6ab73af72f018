/** The input of one setting. Numbers are kept as typed until they are numbers. */
import { useTranslation } from 'react-i18next';
import type { Draft, FieldValue, Session } from '../../store';
import { useSession } from '../studioContext';
import { Checklist } from './Checklist';
import type { Field } from './fields';
import { NumberInput } from './NumberInput';
import { nothingPadded, paddingPath } from './padding';

interface Props {
  readonly field: Field;
  readonly value: FieldValue;
  readonly draft: Draft | undefined;
  readonly id: string;
}

const setFieldOf = (s: Session) => s.setField;

export function FieldControl({ field, value, draft, id }: Props) {
  const { t } = useTranslation();
  const setField = useSession(setFieldOf);
  const { path, control } = field;
  // What is on without any use can still be switched off.
  const idle = useSession((s) => path === paddingPath && value === false && nothingPadded(s));
  const common = {
    id,
    'data-testid': id,
    'aria-describedby': `${id}-note`,
    'aria-invalid': draft !== undefined,
  };
  const text = draft?.text ?? String(value);
  switch (control.kind) {
    case 'number':
    case 'whole':
      return <NumberInput path={path} text={text} common={common} />;
    case 'select':
      return (
        <select {...common} value={text} onChange={({ target }) => setField(path, target.value)}>
          {control.options.map((option) => (
            <option key={option} value={option}>
              {t(`option.${control.texts?.[option] ?? option}`)}
            </option>
          ))}
        </select>
      );
    case 'check':
      return (
        <input
          {...common}
          type="checkbox"
          checked={value === true}
          disabled={idle}
          onChange={({ target }) => setField(path, target.checked)}
        />
      );
    case 'list':
      return <Checklist path={path} options={control.options} value={value} draft={draft} id={id} />;
    case 'text':
      return control.lines > 1 ? (
        <textarea
          {...common}
          rows={control.lines}
          value={text}
          onChange={({ target }) => setField(path, target.value)}
        />
      ) : (
        <input {...common} value={text} onChange={({ target }) => setField(path, target.value)} />
      );
    default:
      return control satisfies never;
  }
}
