/** Folders on disk as the engine sees them: files that are read by range, and a place that files are written to. */
import { openAsBlob } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Sink } from '../engine/formats/sink';
import type { FolderSource } from '../engine/studio';
import { StudioError } from '../engine/studioError';

/** Nothing is read before the engine asks for it, so a model of many gigabytes costs no memory here. */
export async function modelFolder(path: string): Promise<FolderSource> {
  const names = await told(path, () => readdir(path, { withFileTypes: true }));
  const files = names.filter((entry) => entry.isFile()).map(({ name }) => name);
  const blobs = files.map(async (name) => new File([await openAsBlob(join(path, name))], name));
  return { kind: 'files', name: basename(path), files: await Promise.all(blobs) };
}

export function rowsFile(path: string): Promise<Blob> {
  return told(path, () => openAsBlob(path));
}

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StudioError('path-unreadable', `${path} cannot be read: ${reason}.`, { path, reason });
  }
}

/** A file stands under its name only when it is whole. */
export function folderSink(folder: string): Sink {
  return {
    create: async (file) => {
      await mkdir(folder, { recursive: true });
      const [part, whole] = [join(folder, `${file}.part`), join(folder, file)];
      const handle = await open(part, 'w');
      return {
        write: async (bytes) => {
          await handle.writeFile(bytes);
        },
        close: async () => {
          await handle.close();
          await rename(part, whole);
        },
        abort: async () => {
          await handle.close();
          await rm(part, { force: true });
        },
      };
    },
  };
}
