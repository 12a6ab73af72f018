/** The answers of one model at each evaluation: the same questions every time and those it knows least, beside what it said before. */
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { percent } from '../i18n/format';
import { VirtualTable } from '../shared/VirtualTable';
import { EvaluationChoice, useChosenEvaluation } from './EvaluationChoice';
import { filteredProgress, type ProgressFilter, type ProgressRow, progressOf, turned } from './progress';
import { useProgressColumns } from './progressColumns';

const filters = ['all', 'wrong', 'changed'] as const;
const rowKey = (row: ProgressRow) => row.line;

export function LivePredictions() {
  const { t } = useTranslation();
  const chosen = useChosenEvaluation();
  const [filter, setFilter] = useState<ProgressFilter>('all');
  const { list, index } = chosen;
  const evaluation = list[index];
  const rows = useMemo(() => progressOf(list, index), [list, index]);
  const shown = useMemo(() => filteredProgress(rows, filter), [rows, filter]);
  const columns = useProgressColumns();
  return (
    <section className="panel compare" data-testid="live-predictions" aria-labelledby="live-title">
      <div className="panel-head">
        <h2 id="live-title">{t('live.title')}</h2>
        {evaluation && (
          <div className="actions">
            <EvaluationChoice of={chosen} testId="live-subject" />
            <select
              data-testid="live-filter"
              aria-label={t('results.filter')}
              value={filter}
              onChange={({ target }) => setFilter(filters.find((name) => name === target.value) ?? 'all')}
            >
              {filters.map((name) => (
                <option key={name} value={name}>
                  {t(`live.${name}`)}
                </option>
              ))}
            </select>
          </div>
        )}
      </div>
      {!evaluation && <p className="empty">{t('live.empty')}</p>}
      {evaluation && (
        <>
          <p className="hint" aria-live="polite" data-testid="live-summary">
            {t('live.summary', {
              ...{ step: evaluation.step, correct: evaluation.correct, rows: evaluation.rows },
              share: percent(evaluation.rows === 0 ? 0 : evaluation.correct / evaluation.rows),
            })}{' '}
            {index > 0 && t('live.turned', turned(rows))}{' '}
            {evaluation.worst.length > 0 && t('live.beside', { count: evaluation.worst.length })}
          </p>
          {shown.length === 0 ? (
            <p className="empty">{t(filter === 'changed' ? 'live.noneChanged' : 'results.noneWrong')}</p>
          ) : (
            <VirtualTable label={t('live.title')} testId="live-table" columns={columns} rows={shown} rowKey={rowKey} />
          )}
        </>
      )}
    </section>
  );
}
