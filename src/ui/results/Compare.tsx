/** Before and after: the same questions answered by every model side by side. */
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Session, type Subject, subjects } from '../../store';
import type { Translate } from '../i18n';
import { LongText } from '../shared/LongText';
import { type TableColumn, VirtualTable } from '../shared/VirtualTable';
import { useSession } from '../studioContext';
import { type ComparedRow, compare, type Filter, filtered } from './comparison';
import { latest } from './latest';
import { Verdict } from './Verdict';

const evaluationsOf = (s: Session) => s.evaluations;
const rowKey = (row: ComparedRow) => row.line;

export function Compare() {
  const { t } = useTranslation();
  const evaluations = useSession(evaluationsOf);
  const [chosen, setFilter] = useState<Filter>('all');
  const measured = useMemo(() => subjects.flatMap((subject) => latest(evaluations[subject]) ?? []), [evaluations]);
  const rows = useMemo(() => compare(measured), [measured]);
  const asked = measured.map((evaluation) => evaluation.subject);
  const filter = chosen === 'all' || chosen === 'wrong' || asked.includes(chosen) ? chosen : 'all';
  const shown = useMemo(() => filtered(rows, filter), [rows, filter]);
  const columns = columnsFor(t, asked);
  return (
    <section className="panel compare" data-testid="compare" aria-labelledby="compare-title">
      <div className="panel-head">
        <h2 id="compare-title">{t('results.title')}</h2>
        {rows.length > 0 && <FilterChoice filter={filter} setFilter={setFilter} asked={asked} shown={shown.length} />}
      </div>
      {rows.length === 0 && <p className="empty">{t('results.empty')}</p>}
      {rows.length > 0 && shown.length === 0 && <p className="empty">{t('results.noneWrong')}</p>}
      {shown.length > 0 && (
        <VirtualTable
          label={t('results.title')}
          testId="compare-table"
          columns={columns}
          rows={shown}
          rowKey={rowKey}
        />
      )}
    </section>
  );
}

interface FilterProps {
  readonly filter: Filter;
  readonly setFilter: (filter: Filter) => void;
  readonly asked: readonly Subject[];
  readonly shown: number;
}

function FilterChoice({ filter, setFilter, asked, shown }: FilterProps) {
  const { t } = useTranslation();
  const filters: readonly Filter[] = ['all', 'wrong', ...asked];
  const name = (key: Filter): string => {
    if (key === 'all') return t('results.all');
    return key === 'wrong' ? t('results.anyWrong') : t('results.wrongBy', { subject: t(`subject.${key}`) });
  };
  return (
    <label className="filter">
      <span className="hint" aria-live="polite">
        {t('results.shown', { count: shown })}
      </span>
      <span className="sr-only">{t('results.filter')}</span>
      <select
        data-testid="compare-filter"
        value={filter}
        onChange={({ target }) => setFilter(filters.find((key) => key === target.value) ?? 'all')}
      >
        {filters.map((key) => (
          <option key={key} value={key}>
            {name(key)}
          </option>
        ))}
      </select>
    </label>
  );
}

function columnsFor(t: Translate, asked: readonly Subject[]): readonly TableColumn<ComparedRow>[] {
  return [
    {
      key: 'question',
      header: t('data.question'),
      className: 'question',
      cell: (row) => <LongText text={row.question} />,
    },
    { key: 'expected', header: t('results.expected'), cell: (row) => <LongText text={row.expected} /> },
    ...asked.map((subject) => ({
      key: subject,
      header: t(`subject.${subject}`),
      cell: (row: ComparedRow) => <Verdict answer={row.answers[subject]} />,
    })),
  ];
}
