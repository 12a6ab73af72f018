/** The files of a folder that go to a Hub: its own and those of the folders below, without what systems and tools leave. */
import { filesBelow } from '../../formats/directory';
import { StudioError } from '../../studioError';
import { unreadable } from './refusals';
import type { PushFile, PushFolder } from './types';

/** Of the files that begin with a dot, a Hub knows one. */
const unwanted = /^\.(?!gitattributes$|\.?$)|^(Thumbs\.db|desktop\.ini)$|\.(crswap|part)$/i;

/** More is no model, and a commit could not hold it. */
const most = 10_000;

/** Sorted by path. Throws a StudioError `push-folder-unreadable`, `push-path`, `push-too-many`. */
export async function filesOf(folder: PushFolder): Promise<readonly PushFile[]> {
  const all = folder.kind === 'files' ? folder.files : await walked(folder.directory);
  const files = all.filter(({ path }) => !path.split('/').some((part) => unwanted.test(part)));
  const seen = new Set<string>();
  for (const { path } of files) {
    if (!isPath(path) || seen.has(path)) throw badPath(path);
    seen.add(path);
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function walked(directory: FileSystemDirectoryHandle): Promise<readonly PushFile[]> {
  const found: PushFile[] = [];
  try {
    for await (const file of filesBelow(directory, (name) => !unwanted.test(name))) {
      found.push(file);
      if (found.length > most) throw tooMany(directory.name);
    }
  } catch (error) {
    if (error instanceof StudioError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The folder ${directory.name} cannot be read (${reason}). Choose it again.`;
    throw new StudioError('push-folder-unreadable', message, { folder: directory.name, reason });
  }
  return found;
}

/** Throws a StudioError `push-file-unreadable` for a file that was changed, moved or deleted since it was opened. */
export async function checkReadable({ path, file }: PushFile): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw unreadable(path);
  }
}

function tooMany(folder: string): StudioError {
  const message = `The folder ${folder} has more than ${most} files. Choose the folder of the model alone.`;
  return new StudioError('push-too-many', message, { folder, most });
}

function isPath(path: string): boolean {
  return !/[\\\0]/.test(path) && !path.split('/').some((part) => part === '' || part === '.' || part === '..');
}

function badPath(path: string): StudioError {
  return new StudioError('push-path', `A file cannot be called "${path}" on a Hub. Rename it.`, { path });
}
