/** Columns of the live predictions. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { figure } from '../i18n/format';
import { LongText } from '../shared/LongText';
import type { TableColumn } from '../shared/VirtualTable';
import { changeOf, type ProgressRow } from './progress';
import { Verdict } from './Verdict';

export function useProgressColumns(): readonly TableColumn<ProgressRow>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        key: 'question',
        header: t('data.question'),
        className: 'question',
        cell: (row) => (
          <>
            <LongText text={row.question} /> {row.beside && <span className="badge">{t('live.worst')}</span>}
          </>
        ),
      },
      { key: 'expected', header: t('results.expected'), cell: (row) => <LongText text={row.expected} /> },
      { key: 'now', header: t('live.now'), cell: (row) => <Verdict answer={row.now} /> },
      { key: 'before', header: t('live.before'), cell: (row) => <Before row={row} /> },
      {
        key: 'loss',
        header: t('run.loss'),
        className: 'number',
        cell: ({ now }) => (now.loss === undefined ? '–' : figure(now.loss)),
      },
    ],
    [t],
  );
}

function Before({ row }: { readonly row: ProgressRow }) {
  const { t } = useTranslation();
  const change = changeOf(row);
  if (change === 'new' || change === 'same') return <span className="hint">{t(`live.change.${change}`)}</span>;
  return (
    <>
      <Verdict answer={row.before} /> <span className={`badge change-${change}`}>{t(`live.change.${change}`)}</span>
    </>
  );
}
