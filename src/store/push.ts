/** A folder to a Hub: what would go, how far it is, what it asks. A token passes through to the engine and stays nowhere. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import type { SessionStore } from './session';
import type { Failure, PushFolder, PushRequest, PushState } from './types';

export interface PushActions {
  /** Looks at the folder that is chosen; undefined when none is. */
  inspectPush(folder: PushFolder | undefined): Promise<void>;
  push(request: PushRequest): Promise<void>;
  stopPush(): void;
}

/** What a person has asked for, or hears of elsewhere. */
const noNews: ReadonlySet<string> = new Set(['push-cancelled', 'worker-closed']);

export function createPush(store: SessionStore, client: () => EngineClient): PushActions {
  const { setPush } = store.getState();
  let looks = 0;

  const told = (failure: Failure): Partial<PushState> => (noNews.has(failure.code) ? {} : { failure });

  return {
    inspectPush: async (folder) => {
      looks += 1;
      const look = looks;
      setPush({ preview: undefined, exists: undefined, pushed: undefined, failure: undefined });
      if (!folder) return;
      const found = await client()
        .inspectPush(folder)
        .then((preview) => ({ preview }))
        .catch((error: unknown) => told(toFailure(error)));
      // Another folder may have been chosen meanwhile.
      if (look === looks) setPush(found);
    },
    push: async (request) => {
      setPush({ exists: undefined, pushed: undefined, failure: undefined });
      try {
        const pushed = await client().push(request, (progress) => setPush({ progress }));
        setPush({ progress: undefined, pushed });
      } catch (error) {
        const failure = toFailure(error);
        const { endpoint, repository } = request;
        const { visibility, page } = failure.detail;
        const agreed = visibility === 'private' || visibility === 'public' ? visibility : undefined;
        if (failure.code === 'push-exists' && agreed)
          setPush({
            progress: undefined,
            exists: { endpoint, repository, visibility: agreed, page: String(page) },
          });
        else setPush({ progress: undefined, ...told(failure) });
      }
    },
    stopPush: () => client().cancelPush(),
  };
}
