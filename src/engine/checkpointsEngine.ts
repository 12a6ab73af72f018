/** The engine's side of checkpoints: which there are, and what a run is given of them. */
import { decodeCheckpoint, readState } from './checkpoint/file';
import type { CheckpointShelf } from './checkpoint/folder';
import { Slots } from './checkpoint/slots';
import type { CheckpointState } from './checkpoint/state';
import type { Kernels } from './kernels';
import type { CheckpointFacts, CheckpointsDoor, Keeping } from './stagesDoor';
import { StudioError } from './studioError';
import type { StageCheckpoints } from './train/context';

export function createCheckpoints(shelf: CheckpointShelf): CheckpointsDoor {
  const look = async (key: string) => {
    const folder = await shelf.folder(key);
    return folder && new Slots(folder).look();
  };
  return {
    checkpoints: async () => {
      const found = (await shelf.keys()).map(async (key) => {
        const seen = await look(key).catch(() => undefined);
        return seen ? [{ key, ...factsOf(seen.state, seen.bytes) }] : [];
      });
      return (await Promise.all(found)).flat();
    },
    inspectCheckpoint: async (file) => factsOf(await readState(file, nameOf(file)), file.size),
    checkpointFile: async (key) => (await look(key))?.file ?? Promise.reject(none(key)),
    deleteCheckpoints: async (keys) => {
      for (const key of keys) await shelf.remove(key);
    },
  };
}

/**
 * What a stage is given: undefined where nothing can be kept and nothing is to go on. Rejects with `checkpoint-none`,
 * `checkpoint-invalid`.
 */
export async function openKeeping(
  shelf: CheckpointShelf,
  kernels: Pick<Kernels, 'choices' | 'take'>,
  { key, resume }: Keeping,
): Promise<StageCheckpoints | undefined> {
  if (resume === 'newest') {
    const folder = await shelf.folder(key);
    const slots = folder && new Slots(folder);
    const resumed = await slots?.read();
    if (!slots || !resumed) throw none(key);
    await kernels.take(resumed.state.kernels);
    return { slots, resumed, kernels: await kernels.choices() };
  }
  const resumed = resume && (await decodeCheckpoint(resume, nameOf(resume)));
  // What another training left under this key must not be what this one goes on from, should its own be damaged.
  await shelf.remove(key).catch(() => {});
  const folder = await shelf.folder(key);
  if (!folder && !resumed) return undefined;
  if (resumed) await kernels.take(resumed.state.kernels);
  return { slots: new Slots(folder ?? nowhere), resumed, kernels: await kernels.choices() };
}

/** A run that goes on from a file where nothing can be kept tells so at its next checkpoint. */
const nowhere = {
  read: async () => undefined,
  write: () => Promise.reject(new Error('the browser gives this page no storage')),
  rename: async () => {},
};

function factsOf({ stage, step, totalSteps, written, recipe }: CheckpointState, bytes: number): CheckpointFacts {
  return { stage, step, totalSteps, written, recipe, bytes };
}

function nameOf(file: Blob): string {
  return file instanceof File ? file.name : 'checkpoint';
}

function none(key: string): StudioError {
  const message =
    'There is no checkpoint to go on from: it was deleted, or the run had not come to one. Start the stage anew.';
  return new StudioError('checkpoint-none', message, { key });
}
