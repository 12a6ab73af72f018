/** Checkpoints on disk, a folder for each key: what has been written is on the disk, not on its way there. */
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointFolder, CheckpointShelf } from '../engine/checkpoint/folder';
import { DiskFile } from './diskFile';
import { moveIntoPlace } from './place';

/** Below `root`, which is made when something is kept. */
export function diskCheckpoints(root: string): CheckpointShelf {
  return {
    folder: async (key) => diskFolder(join(root, key)),
    keys: async () => {
      const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    },
    remove: (key) => rm(join(root, key), { recursive: true, force: true }),
  };
}

function diskFolder(folder: string): CheckpointFolder {
  return {
    read: async (name) => {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      return found?.isFile() ? new DiskFile(path, name, 0, found.size) : undefined;
    },
    write: async (name, pieces) => {
      await mkdir(folder, { recursive: true });
      await using file = await open(join(folder, name), 'w');
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    },
    rename: (from, to) => moveIntoPlace(join(folder, from), join(folder, to)),
  };
}
