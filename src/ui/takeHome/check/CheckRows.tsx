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
    { key: 'question', header: t('check.asked'), cell: (row) => <Asked row={row} /> },
    {
      ...{ key: 'ours', header: t('check.byOurs') },
      cell: (row) => <Said answer={row.ours} marked={markedAnswers(row)?.[0]} />,
    },
    {
      ...{ key: 'second', header: t('check.bySecond') },
      cell: (row) => <Said answer={row.second} marked={markedAnswers(row)?.[1]} />,
    },
    { key: 'difference', header: t('check.difference'), cell: (row) => <Parting row={row} form={form} /> },
  ];
}

function Asked({ row: { question, expected } }: { readonly row: VouchRow }) {
  const { t } = useTranslation();
  return (
    <>
      <LongText text={question} />
      <span className="check-expected">
        <span className="sr-only">{t('results.expected')}: </span>
        <LongText text={expected} />
      </span>
    </>
  );
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

interface PartingProps {
  readonly row: VouchRow;
  readonly form: OnnxForm;
}

/** A tie is broken by rounding; a real disagreement is not. */
function Parting({ row: { difference, distance }, form }: PartingProps) {
  const { t } = useTranslation();
  const bound = allowed(form, distance);
  const beyond = !Number.isFinite(distance.largest) || (bound > 0 && distance.largest > bound);
  return (
    <span className="check-parting" data-testid="check-parting" data-tie={difference?.tie}>
      <span className={difference && !difference.tie ? 'badge bad' : 'badge'}>
        {t(!difference ? 'check.equal' : difference.tie ? 'check.tie' : 'check.differs')}
      </span>
      {difference && <span className="hint">{whereText(t, difference)}</span>}
      <span className={beyond ? 'hint check-beyond' : 'hint'}>{t('check.logits', { gap: gap(distance.largest) })}</span>
    </span>
  );
}

function whereText(t: Translate, { index, ours, second, margin }: NonNullable<VouchRow['difference']>): string {
  const at = t('check.at', { index: index + 1, ours: visible(ours.text), second: visible(second.text) });
  return `${at}; ${t('check.margin', { margin: gap(margin) })}`;
}
