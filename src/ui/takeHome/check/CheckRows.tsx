/** Every row that was compared: both answers beside each other, and where they part, if they do. */
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { allowed, type OnnxForm, placeKey, type VouchAnswer, type VouchRow } from '../../../store';
import type { Translate } from '../../i18n';
import { Icon } from '../../shared/Icon';
import { LongText } from '../../shared/LongText';
import { type TableColumn, VirtualTable } from '../../shared/VirtualTable';
import { visible } from '../../shared/visible';
import { type Marked, markedAnswers } from './marked';
import { gap } from './words';

const filters = ['all', 'different'] as const;
const rowKey = (row: VouchRow) => placeKey(row);

interface Props {
  /** Of the model: more than one may be open. */
  readonly name: string;
  readonly form: OnnxForm;
  readonly rows: readonly VouchRow[];
}

export function CheckRows({ name, form, rows }: Props) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<(typeof filters)[number]>('all');
  const shown = useMemo(
    () => (filter === 'all' ? rows : rows.filter(({ difference }) => difference !== undefined)),
    [rows, filter],
  );
  const columns = useMemo(() => columnsFor(t, form), [t, form]);
  return (
    <div className="check-rows compare">
      <div className="panel-head">
        <h4>{t('check.table')}</h4>
        <select
          data-testid="check-filter"
          aria-label={t('results.filter')}
          value={filter}
          onChange={({ target }) => setFilter(filters.find((name) => name === target.value) ?? 'all')}
        >
          {filters.map((name) => (
            <option key={name} value={name}>
              {t(`check.filter.${name}`)}
            </option>
          ))}
        </select>
      </div>
      {shown.length === 0 ? (
        <p className="empty">{t('check.noneDifferent')}</p>
      ) : (
        <VirtualTable
          label={`${t('check.table')}: ${name}, ${form}`}
          testId="check-table"
          columns={columns}
          rows={shown}
          rowKey={rowKey}
        />
      )}
    </div>
  );
}

function columnsFor(t: Translate, form: OnnxForm): readonly TableColumn<VouchRow>[] {
  return [
    { key: 'line', header: t('check.line'), className: 'number', cell: ({ line }) => line },
    {
      ...{ key: 'question', header: t('data.question'), className: 'question' },
      cell: ({ question }) => <LongText text={question} />,
    },
    { key: 'expected', header: t('results.expected'), cell: ({ expected }) => <LongText text={expected} /> },
    {
      ...{ key: 'ours', header: t('check.ours') },
      cell: (row) => <Said answer={row.ours} marked={markedAnswers(row)?.[0]} />,
    },
    {
      ...{ key: 'second', header: t('check.second', { form }) },
      cell: (row) => <Said answer={row.second} marked={markedAnswers(row)?.[1]} />,
    },
    { key: 'parting', header: t('check.parting'), cell: (row) => <Parting row={row} /> },
    { key: 'logits', header: t('check.logits'), cell: (row) => <Gap row={row} form={form} /> },
  ];
}

interface SaidProps {
  readonly answer: VouchAnswer;
  readonly marked: Marked | undefined;
}

function Said({ answer: { text, correct }, marked }: SaidProps) {
  const { t } = useTranslation();
  return (
    <span className={correct ? 'verdict right' : 'verdict wrong'}>
      <Icon name={correct ? 'check' : 'cross'} />
      <span className="sr-only">{t(correct ? 'results.right' : 'results.wrong')}: </span>
      {marked ? (
        <span className="long-text">
          {marked.before}
          <mark>
            <span className="sr-only">{t('check.marked')} </span>
            {visible(marked.token)}
          </mark>
          {marked.after}
        </span>
      ) : (
        <LongText text={text || t('results.emptyAnswer')} />
      )}
    </span>
  );
}

function Parting({ row: { difference } }: { readonly row: VouchRow }) {
  const { t } = useTranslation();
  if (!difference) return <span className="hint">{t('check.equal')}</span>;
  const { index, ours, second, margin, tie } = difference;
  const told = { index: index + 1, ours: visible(ours.text), second: visible(second.text) };
  return (
    <span className="check-parting" data-testid="check-parting" data-tie={tie}>
      <span className={tie ? 'badge' : 'badge bad'}>{t(tie ? 'check.tie' : 'check.differs')}</span>
      <span className="hint">
        {t('check.at', told)}; {t('check.margin', { margin: gap(margin) })}
      </span>
    </span>
  );
}

function Gap({ row: { distance }, form }: { readonly row: VouchRow; readonly form: OnnxForm }) {
  const bound = allowed(form, distance);
  const beyond = !Number.isFinite(distance.largest) || (bound > 0 && distance.largest > bound);
  return <span className={beyond ? 'check-beyond' : undefined}>{gap(distance.largest)}</span>;
}
