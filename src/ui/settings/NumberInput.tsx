/** A number as it is typed: `1.` and `1e-` on the way to 1.5 and 1e-4 must not be rewritten under the fingers. */
import { useState } from 'react';
import type { Failure, Session } from '../../store';
import { useSession } from '../studioContext';

interface Props {
  readonly path: string;
  /** The text of the value in force, or of the draft. */
  readonly text: string;
  readonly common: { readonly id: string; readonly 'aria-describedby': string; readonly 'aria-invalid': boolean };
}

const setFieldOf = (s: Session) => s.setField;
const setDraftOf = (s: Session) => s.setDraft;
const notNumber: Failure = { code: 'not-a-number', message: 'This is not a number.', detail: {} };

export function NumberInput({ path, text, common }: Props) {
  const setField = useSession(setFieldOf);
  const setDraft = useSession(setDraftOf);
  const [typed, setTyped] = useState<string>();

  const enter = (entered: string): void => {
    setTyped(entered);
    const value = entered.trim() === '' ? Number.NaN : Number(entered);
    if (Number.isFinite(value)) setField(path, value);
    else setDraft(path, entered, notNumber);
  };

  return (
    <input
      {...common}
      inputMode="decimal"
      autoComplete="off"
      value={typed ?? text}
      onChange={(event) => enter(event.target.value)}
      onBlur={() => setTyped(undefined)}
    />
  );
}
