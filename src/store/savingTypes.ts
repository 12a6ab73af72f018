/** What the page knows of results that are written and were written. */
import type { Artifact, Saved } from '../engine/studio';

/** A result on its way into a folder, or the last one that arrived. */
export interface Saving {
  readonly artifact: Artifact;
  /** As one zip. */
  readonly zip: boolean;
  /** With forms and a name that were chosen, at the last station; else as it is, at its stage. */
  readonly chosen: boolean;
  readonly bytes: number;
  readonly total: number;
  /** Undefined while it is being written. */
  readonly saved: Saved | undefined;
}

/** A model that was written in a folder of its own and can be looked at, tried and passed on. */
export interface Exported {
  readonly name: string;
  /** The browser's own storage, or a folder that a person picked in this visit. */
  readonly where: 'browser' | 'folder';
  readonly folder: FileSystemDirectoryHandle;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly saved: number;
}
