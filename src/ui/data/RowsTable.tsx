/** All rows of a split in file order, each one line high: a hundred thousand scroll like a hundred. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, type RefObject, useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type Example, placeKey } from '../../store';
import { Icon } from '../shared/Icon';
import { Spacer } from '../shared/Spacer';
import type { Flag, Flagged } from './rowFlags';
import type { ShownRows } from './rowSearch';

interface Props {
  readonly table: RefObject<HTMLTableElement | null>;
  readonly shown: ShownRows;
  readonly flagged: Flagged;
  /** Tokens of a row by its index, where they are counted. */
  readonly tokens: Uint32Array | undefined;
  readonly selected: Example | undefined;
  readonly select: (example: Example) => void;
}

const ROW_HEIGHT = 32;

export function RowsTable({ table, shown, flagged, tokens, selected, select }: Props) {
  const { t } = useTranslation();
  const { examples, indices, wanted } = shown;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const count = indices ? indices.length : examples.length;
  const indexAt = (row: number): number => (indices ? (indices[row] ?? -1) : row);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    // The head stays in sight above the rows.
    scrollPaddingStart: ROW_HEIGHT,
  });
  const items = virtual.getVirtualItems();
  const selectedKey = selected && placeKey(selected);
  const keyOf = (row: number): string | number | undefined => {
    const example = examples[indexAt(row)];
    return example && placeKey(example);
  };
  const inSight = selectedKey !== undefined && items.some(({ index }) => keyOf(index) === selectedKey);
  const at = useRef(-1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another search begins at its first row
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
    at.current = -1;
  }, [wanted]);

  const choose = (row: number): void => {
    const example = examples[indexAt(row)];
    if (!example) return;
    at.current = row;
    select(example);
    virtual.scrollToIndex(row);
  };
  const press = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const ends: Record<string, number> = { Home: 0, End: count - 1 };
    // Where a row was closed or deleted, the first key chooses the row that stands there now.
    const from = selected ? at.current : at.current - Math.sign(steps[event.key] ?? 0);
    const next = ends[event.key] ?? (event.key in steps ? from + (steps[event.key] ?? 0) : undefined);
    if (next === undefined) return;
    event.preventDefault();
    choose(Math.min(count - 1, Math.max(0, next)));
  };

  return (
    <div className="scroller rows-scroller" ref={scroller}>
      {/* The arrow keys move the selection: one stop for the keyboard, however many rows there are. */}
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose rows are chosen is a grid
        role="grid"
        ref={table}
        tabIndex={0}
        className="rows-table"
        data-testid="rows-table"
        data-rows={count}
        aria-rowcount={count + 1}
        aria-label={t('data.title')}
        aria-activedescendant={inSight ? `${id}-${selectedKey}` : undefined}
        onKeyDown={press}
      >
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="number">
              {t('data.line')}
            </th>
            <th scope="col">{t('data.question')}</th>
            <th scope="col">{t('data.answer')}</th>
            <th scope="col" className="number">
              {t('rows.tokens')}
            </th>
          </tr>
        </thead>
        <tbody>
          <Spacer columns={4} height={items[0]?.start ?? 0} />
          {items.map(({ index: row }) => {
            const index = indexAt(row);
            const example = examples[index];
            if (!example) return null;
            const key = placeKey(example);
            return (
              <Line
                key={key}
                id={`${id}-${key}`}
                row={row}
                example={example}
                flags={flagged.flags.get(example)}
                tokens={tokens?.[index]}
                selected={key === selectedKey}
                choose={choose}
              />
            );
          })}
          <Spacer columns={4} height={virtual.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
    </div>
  );
}

interface LineProps {
  readonly id: string;
  readonly row: number;
  readonly example: Example;
  readonly flags: ReadonlySet<Flag> | undefined;
  readonly tokens: number | undefined;
  readonly selected: boolean;
  readonly choose: (row: number) => void;
}

/** Characters of a text that can be in sight in one line. */
const MOST = 300;

/** Drawn again only when the row itself has changed: `choose` is the same for all practical purposes. */
const Line = memo(
  function Line({ id, row, example, flags, tokens, selected, choose }: LineProps) {
    const { t } = useTranslation();
    const said = [...(flags ?? [])].map((flag) => t(`rows.flag.${flag}`)).join(', ');
    return (
      <tr id={id} aria-rowindex={row + 2} aria-selected={selected} data-row={row} onClick={() => choose(row)}>
        <td className="number" title={example.file}>
          {example.line}
        </td>
        <td>
          {flags && (
            <span className="row-flags" title={said}>
              <Icon name="warning" />
              <span className="sr-only">{said}</span>
            </span>
          )}
          {example.question.slice(0, MOST)}
        </td>
        <td>{example.answer.slice(0, MOST)}</td>
        <td className="number">{tokens || ''}</td>
      </tr>
    );
  },
  (a, b) =>
    a.id === b.id &&
    a.row === b.row &&
    a.example === b.example &&
    a.flags === b.flags &&
    a.tokens === b.tokens &&
    a.selected === b.selected,
);
