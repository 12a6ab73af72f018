/** What is wrong with the rows, by number; each number shows its rows alone. */
import { useTranslation } from 'react-i18next';
import { whole } from '../i18n/format';
import { type Flag, type Flagged, flagNames, type RowFilter } from './rowFlags';

interface Props {
  readonly flagged: Flagged;
  readonly filter: RowFilter;
  readonly setFilter: (filter: RowFilter) => void;
  /** Test questions can be among the training rows; not the other way round. */
  readonly leaks: boolean;
}

export function RowFilters({ flagged: { flags, counts }, filter, setFilter, leaks }: Props) {
  const { t } = useTranslation();
  const names: readonly Flag[] = flagNames.filter((flag) => flag !== 'leaks' || leaks);
  const chip = (name: Exclude<RowFilter, 'all'>, count: number) => (
    <button
      key={name}
      type="button"
      className={count > 0 ? 'chip found' : 'chip'}
      data-testid={`filter-${name}`}
      data-count={count}
      title={t(`rows.filter.${name}.about`)}
      aria-pressed={filter === name}
      disabled={count === 0 && filter !== name}
      onClick={() => setFilter(filter === name ? 'all' : name)}
    >
      {t(`rows.filter.${name}`)} <span className="count">{whole(count)}</span>
    </button>
  );
  return (
    <fieldset className="chips">
      <legend className="sr-only">{t('rows.filters')}</legend>
      {chip('problems', flags.size)}
      {names.map((flag) => chip(flag, counts[flag]))}
    </fieldset>
  );
}
