/** An input with its label above it, and what is to be said about it below. */
import { type ReactNode, useId } from 'react';

interface Props {
  readonly label: string;
  readonly hint?: string | undefined;
  /** What is wrong with the value; said in place of the hint. */
  readonly problem?: string | undefined;
  readonly wide?: boolean;
  /** `about` is the id of what is said below. */
  readonly children: (id: string, about: string) => ReactNode;
}

export function LabelledField({ label, hint, problem, wide = false, children }: Props) {
  const id = useId();
  const about = `${id}-about`;
  return (
    <div className={wide ? 'hub-field wide' : 'hub-field'}>
      <label htmlFor={id}>{label}</label>
      {children(id, about)}
      {problem ? (
        <p className="problem" id={about}>
          {problem}
        </p>
      ) : (
        hint && (
          <p className="hint" id={about}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}
