/** Folders on disk as the engine sees them: files that are read by range, and a place that files are written to. */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Sink } from '../engine/formats/sink';
import type { FolderSource } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { DiskFile } from './diskFile';

/** Nothing is read before the engine asks for it, so a model of many gigabytes costs no memory here. Links count as what they name. */
export async function modelFolder(path: string): Promise<FolderSource> {
  return { kind: 'files', name: basename(path), files: await filesIn(path) };
}

async function filesIn(path: string): Promise<readonly File[]> {
  const names = await told(path, () => readdir(path));
  const files = await Promise.all(names.map((name) => diskFile(join(path, name))));
  return files.filter((file) => file !== undefined);
}

/** A model folder with what lies in its `onnx/`, if there is one. */
export async function exportedFolder(path: string): Promise<FolderSource> {
  const names = await told(path, () => readdir(path));
  const [folder, onnx] = await Promise.all(
    [path, ...(names.includes('onnx') ? [join(path, 'onnx')] : [])].map(filesIn),
  );
  return { kind: 'files', name: basename(path), files: [...folder!, ...(onnx ?? [])] };
}

export async function rowsFile(path: string): Promise<Blob> {
  const file = await diskFile(path);
  if (!file) throw unreadable(path, 'it is not a file');
  return file;
}

/** Undefined for a folder and whatever else is no file. */
async function diskFile(path: string): Promise<DiskFile | undefined> {
  const found = await told(path, () => stat(path));
  return found.isFile() ? new DiskFile(path, basename(path), 0, found.size) : undefined;
}

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

function unreadable(path: string, reason: string): StudioError {
  return new StudioError('path-unreadable', `${path} cannot be read: ${reason}.`, { path, reason });
}

/** A file stands under its name only when it is whole. */
export function folderSink(folder: string): Sink {
  return {
    create: async (file) => {
      const [part, whole] = [join(folder, `${file}.part`), join(folder, file)];
      await mkdir(dirname(whole), { recursive: true });
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
