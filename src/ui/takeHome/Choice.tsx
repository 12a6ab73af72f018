/** One of a few, each with a line about it. */
import { useId } from 'react';

interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

interface Props<T extends string> {
  readonly legend: string;
  /** Of the group, and in the test ids of its options. */
  readonly name: string;
  readonly options: readonly Option<T>[];
  readonly value: T;
  readonly choose: (value: T) => void;
  readonly disabled: boolean;
}

export function Choice<T extends string>({ legend, name, options, value, choose, disabled }: Props<T>) {
  const id = useId();
  return (
    <fieldset className="choice" disabled={disabled}>
      <legend>{legend}</legend>
      {options.map((option) => (
        <div key={option.value}>
          <label>
            <input
              type="radio"
              name={name}
              data-testid={`${name}-${option.value}`}
              checked={option.value === value}
              aria-describedby={option.hint && `${id}-${option.value}`}
              onChange={() => choose(option.value)}
            />
            {option.label}
          </label>
          {option.hint && (
            <p className="hint" id={`${id}-${option.value}`}>
              {option.hint}
            </p>
          )}
        </div>
      ))}
    </fieldset>
  );
}
