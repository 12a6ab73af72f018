/** Any subset of a few names, in their given order. */
import type { Draft, FieldValue, Session } from '../../store';
import { useSession } from '../studioContext';

interface Props {
  readonly path: string;
  readonly options: readonly string[];
  readonly value: FieldValue;
  readonly draft: Draft | undefined;
  readonly id: string;
}

const setFieldOf = (s: Session) => s.setField;

export function Checklist({ path, options, value, draft, id }: Props) {
  const setField = useSession(setFieldOf);
  const current = draft?.value ?? value;
  const chosen: readonly string[] = typeof current === 'object' ? current : [];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset here would be a second legend inside the group's own
    <div className="checklist" role="group" aria-labelledby={`${id}-label`} data-testid={id}>
      {options.map((option) => (
        <label key={option} className="check small">
          <input
            type="checkbox"
            checked={chosen.includes(option)}
            onChange={({ target }) =>
              setField(
                path,
                options.filter((name) => (name === option ? target.checked : chosen.includes(name))),
              )
            }
          />
          {option}
        </label>
      ))}
    </div>
  );
}
