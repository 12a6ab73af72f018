/** What the page knows of a push. */
import type { Pushed, PushPreview, PushProgress, Visibility } from '../engine/hub/push/types';
import type { Failure } from '../worker/protocol';

/** As it was asked for, and what it is. */
interface ExistingRepository {
  readonly endpoint: string;
  readonly repository: string;
  readonly visibility: Visibility;
  readonly page: string;
}

/** A folder on its way to a Hub. A token is never part of it. */
export interface PushState {
  /** Of the folder that is chosen. */
  readonly preview: PushPreview | undefined;
  /** While it is on its way. */
  readonly progress: PushProgress | undefined;
  /** A repository that is there already: it is used when the person agrees. */
  readonly exists: ExistingRepository | undefined;
  /** The last one that arrived. */
  readonly pushed: Pushed | undefined;
  readonly failure: Failure | undefined;
}

export const noPush: PushState = {
  preview: undefined,
  progress: undefined,
  exists: undefined,
  pushed: undefined,
  failure: undefined,
};
