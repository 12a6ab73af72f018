/** What the page has given to the engine, as it can be given again. */
import type { ModelSource, Role, Split } from '../types';

export interface HeldRows {
  readonly name: string;
  readonly file: Blob;
  readonly demo: boolean;
}

export interface HeldModel {
  readonly source: ModelSource;
  readonly demo: boolean;
}

export interface Held {
  readonly models: Readonly<Partial<Record<Role, HeldModel>>>;
  readonly rows: Readonly<Partial<Record<Split, HeldRows>>>;
}
