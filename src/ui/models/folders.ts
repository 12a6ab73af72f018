/** Folders as the browser gives them: from its picker, or dropped. Both become entries that are walked when needed. */
import type { Entry } from '../../store';

declare global {
  interface Window {
    /** Chrome and Edge; newer than the types. */
    showDirectoryPicker?: (options: { id: string; mode: 'read' | 'readwrite' }) => Promise<FileSystemDirectoryHandle>;
  }
}

export const hasPicker = (): boolean => typeof window.showDirectoryPicker === 'function';

/** Undefined when the person changed their mind. */
export async function pickFolder(): Promise<Entry | undefined> {
  try {
    const handle = await window.showDirectoryPicker?.({ id: 'model', mode: 'read' });
    return handle && fromHandle(handle);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

/** Must be called while the drop is being handled: afterwards the browser forgets what was dropped. */
export function droppedFolder(transfer: DataTransfer): Entry | undefined {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.map((item) => {
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    return entry ? fromEntry(entry) : file && fromFile(file);
  });
  const [first, ...others] = entries.filter((entry) => entry !== null);
  if (!first || (others.length === 0 && !first.file)) return first;
  // Its files without their folder.
  return { name: first.name, file: undefined, children: async () => [first, ...others] };
}

/** The files of a folder as the browser's input gives them: “folder/sub/file” is the path of each. */
export function pickedFolder(files: readonly File[]): Entry | undefined {
  const parts = (file: File) => (file.webkitRelativePath || file.name).split('/');
  const [first] = files;
  const folder = (depth: number, within: readonly File[]): Entry['children'] => {
    return async () => {
      const below = new Map<string, File[]>();
      for (const file of within) {
        const name = parts(file)[depth] ?? '';
        below.set(name, [...(below.get(name) ?? []), file]);
      }
      return [...below].map(([name, own]) => {
        const [only] = own;
        if (only && parts(only).length === depth + 1) return fromFile(only);
        return { name, file: undefined, children: folder(depth + 1, own) };
      });
    };
  };
  return first && { name: parts(first)[0] ?? '', file: undefined, children: folder(1, files) };
}

function fromHandle(handle: FileSystemDirectoryHandle): Entry {
  return {
    name: handle.name,
    file: undefined,
    children: async () => {
      const entries: Entry[] = [];
      for await (const child of handle.values()) entries.push(isFolder(child) ? fromHandle(child) : fileOf(child));
      return entries;
    },
  };
}

function isFolder(
  handle: FileSystemDirectoryHandle | FileSystemFileHandle | FileSystemHandle,
): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory';
}

function fileOf(handle: FileSystemHandle): Entry {
  return { name: handle.name, file: () => (handle as FileSystemFileHandle).getFile(), children: async () => [] };
}

function fromFile(file: File): Entry {
  return { name: file.name, file: async () => file, children: async () => [] };
}

function fromEntry(entry: FileSystemEntry): Entry {
  if (isDirectory(entry)) return { name: entry.name, file: undefined, children: () => readAll(entry.createReader()) };
  const file = () => new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
  return { name: entry.name, file, children: async () => [] };
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

/** The browser gives a hundred at a time, and none at the end. */
async function readAll(reader: FileSystemDirectoryReader): Promise<Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some.map(fromEntry));
  }
}
