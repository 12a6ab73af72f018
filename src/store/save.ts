/** Results into a folder or a zip: one at a time, with progress, and a sentence when the place refuses. */
import type { RunFacts } from '../engine/takeHome/facts';
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { asking } from './ask';
import type { Session, SessionStore } from './session';
import type { Artifact, Failure, Form, Saved, SavePlace, Saving } from './types';

/** What a person chose of a model that is taken home. */
export interface SaveChoice {
  readonly forms?: readonly Form[];
  readonly name?: string;
}

export interface Saver {
  /** Into a folder of its own inside `place`, or as a zip; undefined when it failed or was stopped, which the page then says. */
  save(artifact: Artifact, place: SavePlace, choice?: SaveChoice): Promise<Saved | undefined>;
  /** Ends the saving under way; nothing of it stays. */
  stopSaving(): void;
}

const busy: Failure = { code: 'busy-save', message: 'Wait until the stage ends, or stop it, then save.', detail: {} };

/** Said by whatever cannot start before the files are written. */
export const busySaving: Failure = { code: 'saving', message: 'A result is still being saved.', detail: {} };

export function isSaving(saving: Saving | undefined): boolean {
  return saving !== undefined && saving.saved === undefined;
}

/** Whether nothing can be written now. */
export function cannotSave({ running, runningAll, lost, saving, inquiry }: Session): boolean {
  return running !== undefined || runningAll || lost || isSaving(saving) || inquiry === 'check';
}

/** `run` is what the files about the run are written from, as the page knows it now. */
export function createSaver(store: SessionStore, client: () => EngineClient, run: () => Promise<RunFacts>): Saver {
  let stopped = false;
  return {
    save: async (artifact, place, choice) => {
      const { running, saving, inquiry, shardMegabytes, setSaving, notify } = store.getState();
      const refusal =
        running !== undefined ? busy : isSaving(saving) ? busySaving : inquiry ? asking(inquiry) : undefined;
      if (refusal) {
        notify(refusal);
        return undefined;
      }
      const about = { artifact, zip: place.kind === 'file', chosen: choice !== undefined };
      stopped = false;
      setSaving({ ...about, bytes: 0, total: 0, saved: undefined });
      try {
        const progress = (bytes: number, total: number): void =>
          setSaving({ ...about, bytes, total, saved: undefined });
        const options = { ...choice, shardBytes: shardMegabytes * 1e6, run: await run() };
        if (stopped) {
          // Before the engine had heard of it: there was nothing that it could stop.
          setSaving(undefined);
          return undefined;
        }
        const saved = await client().saveInto(artifact, place, options, progress);
        setSaving({ ...about, bytes: saved.bytes, total: saved.bytes, saved });
        return saved;
      } catch (error) {
        setSaving(undefined);
        const failure = toFailure(error);
        if (failure.code !== 'save-stopped' && failure.code !== 'worker-closed') notify(failure);
        return undefined;
      }
    },
    stopSaving: () => {
      if (!isSaving(store.getState().saving)) return;
      stopped = true;
      client().stop();
    },
  };
}
