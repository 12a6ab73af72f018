/** All rows of a split, in file order. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Example } from '../../store';
import { LongText } from '../shared/LongText';
import { type TableColumn, VirtualTable } from '../shared/VirtualTable';

const rowKey = (example: Example) => example.line;

export function RowsTable({ examples }: { readonly examples: readonly Example[] }) {
  const { t } = useTranslation();
  const columns = useMemo(
    (): readonly TableColumn<Example>[] => [
      { key: 'line', header: t('data.line'), className: 'number', cell: (row) => row.line },
      { key: 'question', header: t('data.question'), cell: (row) => <LongText text={row.question} /> },
      { key: 'answer', header: t('data.answer'), cell: (row) => <LongText text={row.answer} /> },
    ],
    [t],
  );
  return <VirtualTable label={t('data.title')} testId="rows-table" columns={columns} rows={examples} rowKey={rowKey} />;
}
