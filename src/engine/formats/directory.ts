/** A folder that the browser has given a handle for, picked by a person or in its own storage, as a place to write to. */
import type { Saved } from '../studio';
import { StudioError } from '../studioError';
import type { Sink, Writer } from './sink';

/** A file and where it lies below a folder, with `/` between folders. */
export interface FileBelow {
  readonly path: string;
  readonly file: File;
}

/** Every file in a folder and the folders below it; whatever is not `wanted` by its name is not gone into. */
export async function* filesBelow(
  directory: FileSystemDirectoryHandle,
  wanted: (name: string) => boolean = () => true,
  above = '',
): AsyncGenerator<FileBelow> {
  for await (const [name, handle] of directory.entries()) {
    if (!wanted(name)) continue;
    if (isFolder(handle)) yield* filesBelow(handle, wanted, `${above}${name}/`);
    else yield { path: above + name, file: await (handle as FileSystemFileHandle).getFile() };
  }
}

export function isFolder(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory';
}

/** Something new that files are written into, a folder or a zip: whole in the end, or gone. */
export interface Destination {
  readonly sink: Sink;
  /** Nothing more comes: what was written. */
  finish(): Promise<Saved>;
  /** Takes everything away again. */
  discard(): Promise<void>;
}

/** A folder called `name`, or `name-2` and so on where there is one: nothing is written over. Throws a StudioError as `saveError`. */
export async function newFolder(parent: FileSystemDirectoryHandle, name: string): Promise<Destination> {
  return told(name, async () => {
    const folder = await unusedName(parent, name);
    const directory = await parent.getDirectoryHandle(folder, { create: true });
    const files: string[] = [];
    let bytes = 0;
    const count = (file: string, written: number): void => {
      files.push(file);
      bytes += written;
    };
    return {
      sink: { create: (file) => told(file, () => createWriter(directory, file, count)) },
      finish: async () => ({ folder, files, bytes }),
      discard: () => parent.removeEntry(folder, { recursive: true }),
    };
  });
}

/** On most disks of Windows and macOS, names that differ in case alone are one. */
async function unusedName(parent: FileSystemDirectoryHandle, name: string): Promise<string> {
  const alike = (one: string): string => one.normalize().toLowerCase();
  const taken = new Set<string>();
  for await (const entry of parent.keys()) taken.add(alike(entry));
  let candidate = name;
  for (let n = 2; taken.has(alike(candidate)); n++) candidate = `${name}-${n}`;
  return candidate;
}

/** The browser writes beside the file and puts it in its place when it is closed. */
async function createWriter(
  parent: FileSystemDirectoryHandle,
  file: string,
  count: (file: string, bytes: number) => void,
): Promise<Writer> {
  const folders = file.split('/');
  const name = folders.pop()!;
  let directory = parent;
  for (const folder of folders) directory = await directory.getDirectoryHandle(folder, { create: true });
  const handle = await directory.getFileHandle(name, { create: true });
  const stream = await handle.createWritable();
  let written = 0;
  return {
    write: (bytes) =>
      told(file, async () => {
        await stream.write(bytes);
        written += bytes.byteLength;
      }),
    close: () =>
      told(file, async () => {
        await stream.close();
        count(file, written);
      }),
    abort: () => stream.abort(),
  };
}

/** Whatever the browser refuses, said as a StudioError: `save-denied`, `save-full` or `save-failed`. */
export async function told<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw saveError(file, error);
  }
}

/** What a browser says by the name of its exception: `save-denied`, `save-full`, `save-failed`. */
function saveError(file: string, error: unknown): unknown {
  if (error instanceof StudioError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError' || name === 'NoModificationAllowedError') {
    const message = `${file} was not written: the browser has no permission for this folder (${reason}).`;
    return new StudioError('save-denied', message, { file, reason });
  }
  if (name === 'QuotaExceededError') {
    return new StudioError('save-full', `${file} was not written: the disk is full (${reason}).`, { file, reason });
  }
  return new StudioError('save-failed', `${file} was not written: ${reason}.`, { file, reason });
}
