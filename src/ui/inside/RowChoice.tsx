/** Which row is looked at, and under which two models. */
import { type KeyboardEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { askable, notNow, type Role, type Session, type Split, type Subject, seen } from '../../store';
import { describeFailure } from '../i18n/describe';
import { useSession, useStudio, useTokens } from '../studioContext';

const splits: readonly Split[] = ['train', 'test'];
const roles: readonly Role[] = ['teacher', 'student'];
const looking = (s: Session) => s.inquiry === 'tokens';

export function RowChoice() {
  const { t } = useTranslation();
  const studio = useStudio();
  const split = useTokens((state) => state.split);
  const shown = useTokens(({ comparison }) => (comparison?.split === split ? comparison.index : undefined));
  const rows = useSession((s) => s.data[split].dataset?.examples.length ?? 0);
  const ready = useSession((s) => s.models.teacher.info !== undefined && s.models.student.info !== undefined);
  const busy = useSession(looking);
  const refusal = useSession((s) => notNow(s)?.code);
  const [typed, setTyped] = useState('1');
  useEffect(() => {
    if (shown !== undefined) setTyped(String(shown + 1));
  }, [shown]);

  const row = Number(typed) - 1;
  const valid = Number.isInteger(row) && row >= 0 && row < rows;
  const off = refusal !== undefined || !ready || rows === 0;
  const look = (at: number): void => {
    setTyped(String(at + 1));
    studio.lookAt(at);
  };
  return (
    <div className="row-choice">
      <SplitChoice split={split} />
      <RowNumber
        typed={typed}
        type={setTyped}
        row={valid ? row : undefined}
        rows={rows}
        look={off ? undefined : look}
      />
      {roles.map((role) => (
        <Who key={role} role={role} />
      ))}
      <div className="actions">
        <button
          type="button"
          className="primary"
          data-testid="tokens-look"
          disabled={off || !valid}
          onClick={() => look(row)}
        >
          {t(busy ? 'tokens.looking' : 'tokens.look')}
        </button>
        <button type="button" data-testid="tokens-most" disabled={off} onClick={() => studio.lookAt('most')}>
          {t('tokens.most')}
        </button>
      </div>
      {refusal !== undefined && !busy && (
        <p className="hint wide" data-testid="tokens-hint">
          {describeFailure(t, { code: refusal, message: refusal, detail: {} })}
        </p>
      )}
    </div>
  );
}

function SplitChoice({ split }: { readonly split: Split }) {
  const { t } = useTranslation();
  const { tokens } = useStudio();
  return (
    <label>
      <span>{t('tokens.rows')}</span>
      <select
        data-testid="tokens-split"
        value={split}
        onChange={({ target }) => tokens.setState({ split: splits.find((name) => name === target.value) ?? 'test' })}
      >
        {splits.map((name) => (
          <option key={name} value={name}>
            {t(`data.${name}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface RowNumberProps {
  readonly typed: string;
  readonly type: (text: string) => void;
  /** What is typed, from 0, when there is such a row. */
  readonly row: number | undefined;
  readonly rows: number;
  /** Undefined while nothing can be looked at. */
  readonly look: ((row: number) => void) | undefined;
}

function RowNumber({ typed, type, row, rows, look }: RowNumberProps) {
  const { t } = useTranslation();
  const step = (by: -1 | 1) => {
    const to = row === undefined ? -1 : row + by;
    return (
      <button
        type="button"
        className="icon"
        data-testid={by < 0 ? 'tokens-previous' : 'tokens-next'}
        aria-label={t(by < 0 ? 'tokens.previous' : 'tokens.next')}
        disabled={!look || to < 0 || to >= rows}
        onClick={() => look?.(to)}
      >
        {by < 0 ? '‹' : '›'}
      </button>
    );
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && row !== undefined) look?.(row);
  };
  return (
    <div className="row-number">
      <label htmlFor="tokens-row">{t('tokens.row', { rows })}</label>
      <div>
        {step(-1)}
        <input
          id="tokens-row"
          data-testid="tokens-row"
          inputMode="numeric"
          autoComplete="off"
          aria-invalid={rows > 0 && row === undefined}
          value={typed}
          onChange={({ target }) => type(target.value)}
          onKeyDown={onKey}
        />
        {step(1)}
      </div>
    </div>
  );
}

function Who({ role }: { readonly role: Role }) {
  const { t } = useTranslation();
  const { tokens } = useStudio();
  const chosen = useTokens((state) => state.chosen);
  const there = useSession(useShallow(askable)).filter((subject) => subject.startsWith(role));
  const now = useSession((s) => seen(s, { chosen }, role));
  const choose = (value: string): void => {
    const subject: Subject | undefined = there.find((one) => one === value);
    tokens.setState({ chosen: { ...chosen, ...(subject ? { [role]: subject } : {}) } });
  };
  return (
    <label>
      <span>{t(`models.${role}`)}</span>
      <select
        data-testid={`tokens-${role}`}
        value={now ?? ''}
        disabled={there.length === 0}
        onChange={({ target }) => choose(target.value)}
      >
        {there.map((subject) => (
          <option key={subject} value={subject}>
            {t(`subject.${subject}`)}
          </option>
        ))}
      </select>
    </label>
  );
}
