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
  private readonly kept = new Map<Split, Blob | 'none'>();
  /** What could not be loaded again this time: it stays on the desk until something else takes its place. */
  before: Desk | undefined;

  constructor(held: () => Held) {
    this.held = held;
  }

  changes(facts: Facts, run: string | undefined): readonly Change[] {
    const { models, rows } = this.held();
    const files = splitNames.map((split) => rows[split]?.file);
    const now = [facts.recipe, facts.demoValues, facts.includeControl, models.teacher, models.student, ...files, run];
    if (now.every((value, index) => value === this.written[index]) && this.written.length > 0) return [];
    this.written = now;
    const desk = deskOf(facts, { models, rows }, run);
    const whole: Desk = {
      ...desk,
      models: { ...this.before?.models, ...defined(desk.models) },
      rows: { ...this.before?.rows, ...defined(desk.rows) },
    };
    return [{ table: 'desk', key: 'desk', value: whole }, ...this.rowChanges()];
  }

  /** A person's own rows, as long as they fit; the demo's are fetched again. Written once each. */
  private rowChanges(): readonly Change[] {
    const { rows } = this.held();
    let left = ROWS_BUDGET;
    return splitNames.flatMap((split): Change[] => {
      const own = rows[split];
      if (!own) return [];
      const fits = !own.demo && own.file.size <= left;
      if (fits) left -= own.file.size;
      const value = fits ? { name: own.name, file: own.file } : undefined;
      if (this.kept.get(split) === (value?.file ?? 'none')) return [];
      this.kept.set(split, value?.file ?? 'none');
      return [{ table: 'rows', key: split, value }];
    });
  }
}

function defined<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}
