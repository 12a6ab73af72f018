/** What the page has given to the engine, as it can be given again. */
import type { Mapping, ModelInfo, ModelSource, NamedFile, Role, SessionState, Split } from '../types';

export interface HeldRows {
  readonly name: string;
  readonly files: readonly NamedFile[];
  readonly demo: boolean;
  /** The columns that a person chose. */
  readonly mapping?: Mapping | undefined;
}

/** What a person has changed of the rows in the files. */
export type RowChanges = Pick<SessionState, 'division' | 'edits'>;

export interface HeldModel {
  readonly source: ModelSource;
  readonly demo: boolean;
}

/** What a person opens in an empty place, because the page may not do so by itself. */
export interface Returning {
  /** Whether the run on the page was made with this model. Then what was trained of it goes back. */
  model(role: Role, info: ModelInfo): Promise<boolean>;
  /** Whether the run on the page was made with these rows. */
  rows(split: Split, rows: HeldRows): Promise<boolean>;
}

export interface Held {
  readonly models: Readonly<Partial<Record<Role, HeldModel>>>;
  readonly rows: Readonly<Partial<Record<Split, HeldRows>>>;
  readonly changes: RowChanges;
}
