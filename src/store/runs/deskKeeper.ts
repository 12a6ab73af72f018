/** What of the desk has changed since it was written last. */

import { splitNames } from '../../engine/runs/names';
import type { SessionState, Split } from '../types';
import { type Desk, deskOf } from './desk';
import type { Held, HeldRows, RowChanges } from './held';
import { ROWS_BUDGET } from './shelf';
import type { Change } from './tables';
import type { Draft } from './writer';

type Facts = Pick<SessionState, 'recipe' | 'demoValues' | 'includeControl'>;

/** What lies on the shelf: rows are large, and written once each. */
interface OnShelf {
  readonly desk: readonly unknown[];
  readonly rows: Readonly<Partial<Record<Split, HeldRows | 'none'>>>;
  readonly changes: RowChanges | undefined;
}

export class DeskKeeper {
  private shelved: OnShelf = { desk: [], rows: {}, changes: undefined };
  /** What could not be loaded again this time: it stays on the desk until something else takes its place. */
  before: Desk | undefined;

  draft(facts: Facts, held: Held, run: string | undefined): Draft {
    const { models, rows, changes } = held;
    const opened = [models.teacher, models.student, rows.train, rows.test, changes.division, changes.edits];
    const desk = [facts.recipe, facts.demoValues, facts.includeControl, ...opened, run];
    const { desk: written } = this.shelved;
    if (written.length > 0 && desk.every((value, index) => value === written[index]))
      return { changes: [], done: () => {} };
    const next: OnShelf = { desk, rows: { ...this.shelved.rows, ...thatFit(rows) }, changes };
    return {
      changes: [
        { table: 'desk', key: 'desk', value: this.whole(deskOf(facts, held, run)) },
        ...this.rowChanges(next.rows, changes),
      ],
      done: () => {
        this.shelved = next;
      },
    };
  }

  private whole(desk: Desk): Desk {
    return {
      ...desk,
      models: { ...this.before?.models, ...defined(desk.models) },
      rows: { ...this.before?.rows, ...defined(desk.rows) },
    };
  }

  private rowChanges(rows: OnShelf['rows'], { division, edits }: RowChanges): readonly Change[] {
    const { shelved } = this;
    const files = splitNames.flatMap((split): Change[] => {
      const own = rows[split];
      if (own === undefined || own === shelved.rows[split]) return [];
      if (own === 'none') return [{ table: 'rows', key: split }];
      const { name, files: blobs, mapping } = own;
      return [{ table: 'rows', key: split, value: { name, files: blobs, mapping } }];
    });
    const same = shelved.changes?.division === division && shelved.changes?.edits === edits;
    return same ? files : [...files, { table: 'rows', key: 'changes', value: { division, edits } }];
  }
}

/** A person's own rows, as long as there is room for them; the demo's are fetched again. */
function thatFit(rows: Held['rows']): OnShelf['rows'] {
  let left = ROWS_BUDGET;
  const kept = splitNames.flatMap((split) => {
    const own = rows[split];
    if (!own) return [];
    const bytes = own.files.reduce((sum, { file }) => sum + file.size, 0);
    const fits = !own.demo && bytes <= left;
    if (fits) left -= bytes;
    return [[split, fits ? own : 'none'] as const];
  });
  return Object.fromEntries(kept);
}

function defined<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}
