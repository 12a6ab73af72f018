/** The engine's side of checkpoints: which there are, and what a run is given of them. */
import { decodeCheckpoint, readState } from './checkpoint/file';
import type { CheckpointShelf } from './checkpoint/folder';
import { Slots } from './checkpoint/slots';
import { type Changes, type CheckpointState, unchanged } from './checkpoint/state';
import type { Kernels } from './kernels';
import type { CheckpointFacts, CheckpointsDoor, Keeping, KeptCheckpoint } from './stagesDoor';
import { StudioError } from './studioError';
import type { StageCheckpoints } from './train/context';

export function createCheckpoints(shelf: CheckpointShelf): CheckpointsDoor {
  const look = async (key: string) => new Slots(await shelf.folder(key)).look();
  return {
    checkpoints: async () => {
      const list = { kept: [] as KeptCheckpoint[], unreadable: [] as string[] };
      for (const key of await shelf.keys()) {
        const seen = await look(key).catch(() => undefined);
        if (seen) list.kept.push({ key, ...factsOf(seen.state, seen.bytes) });
        else list.unreadable.push(key);
      }
      return list;
    },
    inspectCheckpoint: async (file) => factsOf(await readState(file, nameOf(file)), file.size),
    checkpointFile: async (key) => (await look(key))?.file ?? Promise.reject(none(key)),
    deleteCheckpoints: async (keys) => {
      for (const key of keys) await shelf.remove(key);
    },
  };
}

/** What a stage is given. Rejects with `checkpoint-none`, `checkpoint-invalid`. */
export async function openKeeping(
  shelf: CheckpointShelf,
  kernels: Pick<Kernels, 'choices' | 'take'>,
  { key, resume, change }: Keeping,
): Promise<StageCheckpoints> {
  const slots = new Slots(await shelf.folder(key));
  if (resume === undefined) {
    await forget(shelf, key);
    return { slots, resumed: undefined, unkept: false, changes: unchanged, kernels: await kernels.choices() };
  }
  const resumed = resume === 'newest' ? await slots.read() : await decodeCheckpoint(resume, nameOf(resume));
  if (!resumed) throw none(key);
  if (resume !== 'newest') await forget(shelf, key);
  await kernels.take(resumed.state.kernels);
  const unkept = resume !== 'newest' || change !== undefined;
  return { slots, resumed, unkept, changes: changed(resumed.state, change), kernels: await kernels.choices() };
}

/** What another training left under this key must not be what this one goes on from, should its own be damaged. */
function forget(shelf: CheckpointShelf, key: string): Promise<void> {
  return shelf.remove(key).catch(() => {});
}

function changed({ step, changes }: CheckpointState, { skip, rate = 1 }: NonNullable<Keeping['change']> = {}): Changes {
  return {
    skipped: skip === undefined ? changes.skipped : [...changes.skipped, skip === 'next' ? step + 1 : skip],
    rates: rate === 1 ? changes.rates : [...changes.rates, { after: step, factor: rate }],
  };
}

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
