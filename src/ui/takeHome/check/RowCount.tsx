/** On how many of the test rows: all, some that are spread evenly, or a number that is typed. */
import { useTranslation } from 'react-i18next';
import { someRows } from '../../../store';
import { LabelledField } from '../../shared/LabelledField';

const kinds = ['all', 'some', 'number'] as const;

export interface RowsWish {
  readonly kind: (typeof kinds)[number];
  readonly typed: string;
}

/** Undefined: all. */
export function rowsOf({ kind, typed }: RowsWish, total: number): number | undefined | 'wrong' {
  if (kind === 'all' || total === 0) return undefined;
  if (kind === 'some') return Math.min(someRows, total);
  const rows = Number(typed);
  return typed.trim() !== '' && Number.isInteger(rows) && rows >= 1 && rows <= total ? rows : 'wrong';
}

interface Props {
  readonly wish: RowsWish;
  readonly choose: (wish: RowsWish) => void;
  readonly total: number;
}

export function RowCount({ wish, choose, total }: Props) {
  const { t } = useTranslation();
  const shown = total > someRows ? kinds : kinds.filter((kind) => kind !== 'some');
  const wrong = rowsOf(wish, total) === 'wrong';
  return (
    <>
      <LabelledField label={t('check.rows')}>
        {(id) => (
          <select
            id={id}
            data-testid="check-rows"
            value={wish.kind}
            onChange={({ target }) => choose({ ...wish, kind: kinds.find((kind) => kind === target.value) ?? 'all' })}
          >
            {shown.map((kind) => (
              <option key={kind} value={kind}>
                {t(`check.rows.${kind}`, { rows: kind === 'all' ? total : someRows })}
              </option>
            ))}
          </select>
        )}
      </LabelledField>
      {wish.kind === 'number' && (
        <LabelledField
          label={t('check.rows.count')}
          problem={wrong ? t('check.rows.wrong', { rows: total }) : undefined}
        >
          {(id, about) => (
            <input
              id={id}
              inputMode="numeric"
              autoComplete="off"
              data-testid="check-rows-count"
              value={wish.typed}
              aria-invalid={wrong}
              aria-describedby={wrong ? about : undefined}
              onChange={({ target }) => choose({ ...wish, typed: target.value })}
            />
          )}
        </LabelledField>
      )}
    </>
  );
}
