/** What crosses the engine's door about models on a Hub: what is asked, what was found, how far it is, what is kept. */

import type { Licence } from '../formats/licence';

export type { Licence } from '../formats/licence';

/** A secret, and the only server that it may be sent to. */
export interface HubToken {
  readonly value: string;
  readonly endpoint: string;
}

export interface HubRequest {
  /** `owner/name`, or the address of the model's page. */
  readonly model: string;
  /** Branch, tag or commit; empty is `main`. */
  readonly revision: string;
  /** The Hub or a mirror of it, for example `https://huggingface.co`. */
  readonly endpoint: string;
  readonly token: HubToken | undefined;
}

/** A model as it was found: everything is known before its first weight is fetched. */
export interface HubModel {
  readonly name: string;
  readonly endpoint: string;
  readonly revision: string;
  /** What the revision was when it was looked up; files are fetched from this commit. */
  readonly commit: string;
  readonly licence: Licence | undefined;
  readonly architecture: string;
  readonly parameters: number;
  /** Files that the studio needs, and their bytes. */
  readonly files: readonly HubFile[];
  readonly bytes: number;
}

export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** What the Hub says the bytes add up to; undefined where it says nothing. */
  readonly digest: Digest | undefined;
}

/** `git` is SHA-1 over git's header and the bytes. */
export interface Digest {
  readonly kind: 'sha256' | 'git';
  readonly hex: string;
}

export interface DownloadProgress {
  /** `checking`: what an earlier download left is read again; `waiting`: for another try after a failure. */
  readonly state: 'looking' | 'checking' | 'fetching' | 'waiting';
  readonly key: string | undefined;
  readonly name: string;
  readonly file: string | undefined;
  /** Bytes of all files that are in storage, and that there will be. */
  readonly done: number;
  readonly total: number;
  /** Measured over the last seconds; undefined until there is something to measure. */
  readonly bytesPerSecond: number | undefined;
}

export interface StoredModel {
  /** Names it in this storage. */
  readonly key: string;
  readonly model: HubModel;
  /** Only a whole model can be opened. */
  readonly whole: boolean;
  /** Bytes in storage now. */
  readonly stored: number;
  /** When it was begun or, once whole, finished: milliseconds since 1970. */
  readonly date: number;
}
