/** Checkpoints without a card: small, valid, and told apart by their step; and where they lie, in memory. */
import { EventLines } from '../../src/engine/checkpoint/events';
import { type CheckpointValues, encodeCheckpoint } from '../../src/engine/checkpoint/file';
import { type CheckpointShelf, storedCheckpoints } from '../../src/engine/checkpoint/folder';
import { type CheckpointState, unchanged } from '../../src/engine/checkpoint/state';
import type { Lasting } from '../../src/engine/checkpoint/writing';
import type { Directory } from '../../src/engine/hub/directory';
import { defaultRecipe } from '../../src/engine/train/recipe';

export const lasting: Lasting = {
  ...{ software: '0.1.0', stage: 'sft', totalSteps: 60, recipe: defaultRecipe },
  lora: { rank: 8, alpha: 16, targets: ['q_proj'] },
  models: { trained: '0123456789abcdef' },
  changes: unchanged,
  rows: { count: 20, fingerprint: 'fedcba9876543210' },
  kernels: { adapter: 'card', digest: 'kernels', forced: undefined, timings: [] },
};

export function stateAt(step: number): Omit<CheckpointState, 'digests'> {
  return { ...lasting, version: 1, written: 1000 * step, step, milliseconds: 100 * step };
}

/** f32 [count] each, whose bytes tell the step. */
export function valuesAt(step: number, count = 6): CheckpointValues {
  const bytes = (of: number) => new Uint8Array(4 * count).fill(step + of);
  return { adapter: bytes(0), first: bytes(1), second: bytes(2) };
}

export function piecesAt(step: number) {
  const work = { type: 'work', ops: { linear: { dispatches: step, flops: 2, bytes: 3 } } } as const;
  return encodeCheckpoint(stateAt(step), valuesAt(step), new EventLines([work]).bytes());
}

export function shelfIn(storage: Directory): CheckpointShelf {
  return storedCheckpoints(async () => storage);
}

/** A file of the key `run` as it lies there. */
export async function fileIn(storage: Directory, name: string, create = false) {
  const folder = await (await storage.getDirectoryHandle('checkpoints')).getDirectoryHandle('run', { create });
  return folder.getFileHandle(name, { create });
}

export async function bytesIn(storage: Directory, name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await (await fileIn(storage, name)).getFile()).arrayBuffer());
}

/** In place of what the file has. */
export async function put(storage: Directory, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const file = await (await fileIn(storage, name, true)).createSyncAccessHandle();
  file.truncate(0);
  file.write(bytes, { at: 0 });
  file.close();
}
