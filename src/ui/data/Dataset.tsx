/** The rows of a split: their lengths, what is wrong with them, all of them in a table, and the chosen one as tokens. */
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Example, placeKey, type Dataset as Rows, type Session, type Split } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { useInPlace } from '../focus/inPlace';
import { whole } from '../i18n/format';
import { useSession, useStudio } from '../studioContext';
import { LengthChart } from './LengthChart';
import { RowFilters } from './RowFilters';
import { RowInspector } from './RowInspector';
import { RowsTable } from './RowsTable';
import { flagged as flagRows, type RowFilter } from './rowFlags';
import { type ShownRows, useShownRows } from './rowSearch';

const countingOf = (s: Session) => s.counting;

export function Dataset({ split, dataset }: { readonly split: Split; readonly dataset: Rows }) {
  const { t } = useTranslation();
  const twins = useSession((s) => s.data[split].twins);
  const lengths = useSession((s) => s.data[split].lengths);
  const [text, setText] = useState('');
  const [filter, setFilter] = useState<RowFilter>('all');
  const [chosen, setChosen] = useState<Example>();
  const flagged = useMemo(() => flagRows({ twins, lengths }), [twins, lengths]);
  const { examples } = dataset;
  const shown = useShownRows(examples, { text: useDeferredValue(text), filter }, flagged);
  const selected = useCurrent(examples, chosen);
  const { outside: table } = useInPlace<never, HTMLTableElement>(selected !== undefined);
  return (
    <>
      {lengths ? <LengthChart tokens={lengths.found.tokens} most={lengths.found.most} /> : <Counting />}
      <RowFilters flagged={flagged} filter={filter} setFilter={setFilter} leaks={split === 'test'} />
      <div className="row-search">
        <input
          type="search"
          data-testid="search-rows"
          aria-label={t('rows.search')}
          placeholder={t('rows.search')}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        {shown.indices && (
          <span className="hint" role="status" data-testid="found-rows">
            {t('rows.found', { count: shown.indices.length, shown: whole(shown.indices.length) })}
          </span>
        )}
        {filter !== 'all' && <DeleteShown split={split} shown={shown} />}
      </div>
      <RowsTable
        table={table}
        shown={shown}
        flagged={flagged}
        tokens={lengths?.examples === shown.examples ? lengths.found.tokens : undefined}
        selected={selected}
        select={setChosen}
      />
      {selected ? (
        <RowInspector
          split={split}
          example={selected}
          flags={flagged.flags.get(selected)}
          close={() => setChosen(undefined)}
        />
      ) : (
        <p className="hint">{t('rows.choose')}</p>
      )}
    </>
  );
}

/** The chosen row as it is now: edited it is another one at the same place, deleted it is none. */
function useCurrent(examples: readonly Example[], chosen: Example | undefined): Example | undefined {
  return useMemo(() => {
    if (!chosen) return undefined;
    const key = placeKey(chosen);
    return examples.find((example) => placeKey(example) === key);
  }, [examples, chosen]);
}

function Counting() {
  const { t } = useTranslation();
  const counting = useSession(countingOf);
  if (!counting) return null;
  return <p className="hint">{t('rows.counting', { done: whole(counting.done), total: whole(counting.total) })}</p>;
}

function DeleteShown({ split, shown }: { readonly split: Split; readonly shown: ShownRows }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const running = useSession((s) => s.running !== undefined);
  const { examples, indices } = shown;
  if (!indices || indices.length === 0) return null;
  const remove = (): void => {
    if (!confirmLoss(split, 'edit')) return;
    const rows = Array.from(indices, (i) => examples[i]).filter((row) => row !== undefined);
    studio.editRows(
      split,
      rows.map((place) => ({ place, row: undefined })),
    );
  };
  return (
    <button type="button" className="small" data-testid="delete-shown" disabled={running} onClick={remove}>
      {t('rows.deleteShown', { count: indices.length, shown: whole(indices.length) })}
    </button>
  );
}
