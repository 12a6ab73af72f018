/** Folders on disk as the engine sees them: files that are read by range, and a place that files are written to. */
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Sink } from '../engine/formats/sink';
import type { FolderSource } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { DiskFile } from './diskFile';
import { moveIntoPlace } from './place';

/** Nothing is read before the engine asks for it, so a model of many gigabytes costs no memory here. Links count as what they name. */
export async function modelFolder(path: string): Promise<FolderSource> {
  return { kind: 'files', name: basename(path), files: await openedIn(path) };
}

async function openedIn(path: string): Promise<readonly File[]> {
  const names = await told(path, () => readdir(path));
  const files = await Promise.all(names.map((name) => diskFile(join(path, name))));
  return files.filter((file) => file !== undefined);
}

/** A model folder with what lies in its `onnx/`, if there is one. */
export async function exportedFolder(path: string): Promise<FolderSource> {
  const names = await told(path, () => readdir(path));
  const [folder, onnx] = await Promise.all(
    [path, ...(names.includes('onnx') ? [join(path, 'onnx')] : [])].map(openedIn),
  );
  return { kind: 'files', name: basename(path), files: [...folder!, ...(onnx ?? [])] };
}

export interface FileThere {
  /** Below the folder, with `/` between folders. */
  readonly name: string;
  readonly bytes: number;
}

/** Every file in a folder and below it. */
export async function filesIn(folder: string): Promise<readonly FileThere[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const there = files.map(async (path) => ({ name: slashed(relative(folder, path)), bytes: (await stat(path)).size }));
  return (await Promise.all(there)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A path as it is written in files, on every system. */
export function slashed(path: string): string {
  return path.split(sep).join('/');
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

/** A file stands under its name only when it is whole, and on the disk. */
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
          await handle.sync();
          await handle.close();
          await moveIntoPlace(part, whole);
        },
        abort: async () => {
          await handle.close();
          await rm(part, { force: true });
        },
      };
    },
  };
}
