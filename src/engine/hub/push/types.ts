/** What crosses the engine's door about a folder on its way to a Hub: what is asked, how far it is, what came of it. */
import type { HubToken, Licence } from '../types';

export type Visibility = 'private' | 'public';

/** A file of the folder; `path` is relative to it, with `/` between folders on every system. */
export interface PushFile {
  readonly path: string;
  readonly file: Blob;
}

/** A folder that was picked or lies in the browser's own storage, or its files. */
export type PushFolder =
  | { readonly kind: 'directory'; readonly directory: FileSystemDirectoryHandle }
  | { readonly kind: 'files'; readonly files: readonly PushFile[] };

/** A model that this one was made from, as the card names it. */
export interface BaseModel {
  readonly name: string;
  /** Undefined where nobody here has read a card of it that states one. */
  readonly licence: Licence | undefined;
}

/** What would be pushed, and under which licences it stands: known before anything is sent. */
export interface PushPreview {
  readonly files: number;
  readonly bytes: number;
  /** What the folder's own card states. */
  readonly licence: Licence;
  readonly bases: readonly BaseModel[];
}

export interface PushRequest {
  readonly folder: PushFolder;
  /** `owner/name`: a person or an organisation, and the model. */
  readonly repository: string;
  /** The Hub or a mirror of it. */
  readonly endpoint: string;
  readonly token: HubToken | undefined;
  readonly visibility: Visibility;
  /** A repository that is there already is used only by who has agreed to it as it is. */
  readonly existing: Visibility | undefined;
  /** What the commit is called. */
  readonly message: string;
}

export interface PushProgress {
  /** `asking`: who the token is and what is there; `comparing`: with what the repository holds; `waiting`: for another try. */
  readonly state: 'asking' | 'comparing' | 'hashing' | 'uploading' | 'committing' | 'waiting';
  readonly file: string | undefined;
  /** Bytes of the folder that this phase is through with, and that it has in all. */
  readonly done: number;
  readonly total: number;
  /** Measured over the last seconds; undefined until there is something to measure. */
  readonly bytesPerSecond: number | undefined;
}

export interface Pushed {
  readonly repository: string;
  /** Of the repository's page. */
  readonly address: string;
  readonly visibility: Visibility;
  /** Undefined when the repository was as the folder already. */
  readonly commit: string | undefined;
  /** Of the folder. */
  readonly files: number;
  readonly bytes: number;
  /** Bytes of files that went over the line; the rest was there. */
  readonly sent: number;
}
