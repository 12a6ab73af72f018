/** Results into a folder: one at a time, with progress, and a sentence when the place refuses. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import type { SessionStore } from './session';
import type { Artifact, Failure, Saved, Saving } from './types';

export interface Saver {
  /** Into a folder of its own inside `folder`; undefined when it failed or was stopped, which the page then says. */
  save(artifact: Artifact, folder: FileSystemDirectoryHandle): Promise<Saved | undefined>;
  /** Ends the saving under way; nothing of it stays. */
  stopSaving(): void;
}

const busy: Failure = { code: 'busy-save', message: 'Wait until the stage ends, or stop it, then save.', detail: {} };

/** Said by whatever cannot start before the files are written. */
export const busySaving: Failure = { code: 'saving', message: 'A result is still being saved.', detail: {} };

export function isSaving(saving: Saving | undefined): boolean {
  return saving !== undefined && saving.saved === undefined;
}

export function createSaver(store: SessionStore, client: () => EngineClient): Saver {
  return {
    save: async (artifact, folder) => {
      const { running, saving, shardMegabytes, setSaving, setSavedFolder, notify } = store.getState();
      if (running !== undefined || isSaving(saving)) {
        notify(running === undefined ? busySaving : busy);
        return undefined;
      }
      setSaving({ artifact, bytes: 0, total: 0, saved: undefined });
      try {
        const progress = (bytes: number, total: number): void =>
          setSaving({ artifact, bytes, total, saved: undefined });
        const options = { shardBytes: shardMegabytes * 1e6 };
        const saved = await client().saveInto(artifact, folder, options, progress);
        setSaving({ artifact, bytes: saved.bytes, total: saved.bytes, saved });
        setSavedFolder(await folder.getDirectoryHandle?.(saved.folder));
        return saved;
      } catch (error) {
        setSaving(undefined);
        const failure = toFailure(error);
        if (failure.code !== 'save-stopped' && failure.code !== 'worker-closed') notify(failure);
        return undefined;
      }
    },
    stopSaving: () => {
      if (isSaving(store.getState().saving)) client().stop();
    },
  };
}
