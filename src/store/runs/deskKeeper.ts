/** What of the desk has changed since it was written last. */
import type { SessionState, Split } from '../types';
import { type Desk, deskOf } from './desk';
import type { Held } from './held';
import { splitNames } from './names';
import { ROWS_BUDGET } from './shelf';
import type { Change } from './tables';

type Facts = Pick<SessionState, 'recipe' | 'demoValues' | 'includeControl'>;

export class DeskKeeper {
  private readonly held: () => Held;
  private written: readonly unknown[] = [];
  private readonly kept = new Map<Split | 'changes', unknown>();
  /** What could not be loaded again this time: it stays on the desk until something else takes its place. */
  before: Desk | undefined;

  constructor(held: () => Held) {
    this.held = held;
  }

  changes(facts: Facts, run: string | undefined): readonly Change[] {
    const { models, rows, changes } = this.held();
    const opened = [models.teacher, models.student, rows.train, rows.test, changes.division, changes.edits];
    const now = [facts.recipe, facts.demoValues, facts.includeControl, ...opened, run];
    if (now.every((value, index) => value === this.written[index]) && this.written.length > 0) return [];
    this.written = now;
    const desk = deskOf(facts, { models, rows, changes }, run);
    const whole: Desk = {
      ...desk,
      models: { ...this.before?.models, ...defined(desk.models) },
      rows: { ...this.before?.rows, ...defined(desk.rows) },
    };
    return [{ table: 'desk', key: 'desk', value: whole }, ...this.rowChanges()];
  }

  /** A person's own rows, as long as they fit; the demo's are fetched again. Written once each. */
  private rowChanges(): readonly Change[] {
    const { rows, changes } = this.held();
    let left = ROWS_BUDGET;
    const files = splitNames.flatMap((split): Change[] => {
      const own = rows[split];
      if (!own) return [];
      const bytes = own.files.reduce((sum, { file }) => sum + file.size, 0);
      const fits = !own.demo && bytes <= left;
      if (fits) left -= bytes;
      if (this.kept.get(split) === (fits ? own : 'none')) return [];
      this.kept.set(split, fits ? own : 'none');
      const { name, files: blobs, mapping } = own;
      return [{ table: 'rows', key: split, value: fits ? { name, files: blobs, mapping } : undefined }];
    });
    const { division, edits } = changes;
    const known = this.kept.get('changes') as typeof changes | undefined;
    if (known?.division === division && known?.edits === edits) return files;
    this.kept.set('changes', changes);
    return [...files, { table: 'rows', key: 'changes', value: { division, edits } }];
  }
}

function defined<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}
