/** The part of the engine's door that rows go through: opened, edited, divided, looked at. Types only. */
import type { Columns, Mapping } from './data/columns';
import type { Example, Problem } from './data/jsonl';
import type { RowLengths } from './data/lengths';
import type { Place, RowChange } from './data/place';
import type { RowTokens } from './data/rowTokens';
import type { Twins } from './data/twins';
import type { Role, Split } from './studio';
import type { Recipe } from './train/recipe';

export interface Dataset {
  readonly name: string;
  readonly examples: readonly Example[];
  readonly problems: readonly Problem[];
  /** Where several files were opened as one: their names, in their order. */
  readonly files?: readonly string[] | undefined;
  readonly columns?: Columns | undefined;
}

/** A file as a person chose it: a name that says what form it has, and its bytes. */
export interface NamedFile {
  readonly name: string;
  readonly file: Blob;
}

export interface DataOptions {
  /** The columns that a person chose; without it they are known by their names. */
  readonly mapping?: Mapping | undefined;
}

export interface RowsDoor {
  /**
   * One file, or several as one. Rows without a single usable one replace nothing. Rows that were divided are whole again
   * before test rows come from elsewhere; other training rows take the test part of the rows before with them.
   */
  loadData(split: Split, name: string, file: Blob | readonly NamedFile[], options?: DataOptions): Promise<Dataset>;
  /** Rows changed, taken out or put back. What was learnt from the training rows before is discarded. */
  editRows(split: Split, changes: readonly RowChange[]): Promise<void>;
  /**
   * Keeps a share of the training rows apart as test rows; divided rows are joined first. Resolves with the indices of the
   * test rows in the whole, ascending; with none, nothing has changed: there are too few questions.
   */
  divideRows(share: number, seed: number): Promise<Uint32Array>;
  /** Rows that repeat or contradict each other, and test questions among the training rows. */
  findTwins(): Promise<Readonly<Partial<Record<Split, Twins>>>>;
  /**
   * The length of every row in tokens of a model. Rejects with `busy` while a stage runs, `recounted` when asked anew.
   */
  measureRows(
    role: Role,
    recipe: Recipe,
    progress: (done: number, total: number) => void,
  ): Promise<Readonly<Partial<Record<Split, RowLengths>>>>;
  /** One row as this model is trained on it, or the reason why it is left out. */
  rowTokens(split: Split, place: Place, role: Role, recipe: Recipe): Promise<RowTokens | Problem>;
}
