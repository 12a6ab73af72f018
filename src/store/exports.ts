/** Models that were written to be taken home and are at hand: those in the browser's own storage, and folders of this visit. */
import { toFailure } from '../worker/failure';
import type { SessionStore } from './session';
import type { Exported } from './types';

/** Where the browser keeps what is written here; rejects where it gives this page no storage. */
export type ExportStorage = () => Promise<FileSystemDirectoryHandle>;

export interface Exports {
  /** The list read anew. A folder that was not written to its end is taken away first. */
  listExports(): Promise<void>;
  /** A folder that a person picked and that was written in this visit. */
  addExport(folder: FileSystemDirectoryHandle): Promise<void>;
  /** From the browser's storage; one in a picked folder only leaves the list. */
  deleteExport(exported: Exported): Promise<void>;
  /** Every file with its path inside the folder. Rejects when one is gone. */
  exportFiles(exported: Exported): Promise<readonly ExportFile[]>;
  /** All of it as one zip, made while it is read. */
  zipExport(exported: Exported): Promise<ReadableStream<Uint8Array>>;
}

export interface ExportFile {
  readonly path: string;
  readonly file: File;
}

const FOLDER = 'exports';

/** Where new ones are written. */
export async function exportsFolder(storage: ExportStorage): Promise<FileSystemDirectoryHandle> {
  return (await storage()).getDirectoryHandle(FOLDER, { create: true });
}

/** The config is written last: without one, the tab was closed on the way. */
const isWhole = (files: readonly ExportFile[]): boolean => files.some(({ path }) => path === 'config.json');

export function createExports(store: SessionStore, storage: ExportStorage): Exports {
  const told = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const { message: reason } = toFailure(error);
      const message = `The browser's storage refused it: ${reason}`;
      store.getState().notify({ code: 'exports-storage', message, detail: { reason } });
    }
  };

  const listExports = () =>
    told(async () => {
      const folder = await exportsFolder(storage);
      const writing = store.getState().saving?.saved === undefined ? store.getState().saving : undefined;
      const found: Exported[] = [];
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind !== 'directory') continue;
        const files = await filesIn(handle as FileSystemDirectoryHandle);
        if (isWhole(files)) found.push(described('browser', handle as FileSystemDirectoryHandle, files));
        else if (!writing) await folder.removeEntry(name, { recursive: true });
      }
      const picked = (store.getState().exports ?? []).filter(({ where }) => where === 'folder');
      store.getState().setExports([...picked, ...found].toSorted((a, b) => b.saved - a.saved));
    });

  return {
    listExports,
    addExport: (folder) =>
      told(async () => {
        const added = described('folder', folder, await filesIn(folder));
        store.getState().setExports([added, ...(store.getState().exports ?? [])]);
      }),
    deleteExport: (exported) =>
      told(async () => {
        if (exported.where === 'browser')
          await (await exportsFolder(storage)).removeEntry(exported.name, { recursive: true });
        store.getState().setExports((store.getState().exports ?? []).filter((other) => other !== exported));
      }),
    exportFiles: ({ folder }) => filesIn(folder),
    zipExport: async ({ name, folder }) => {
      const files = await filesIn(folder);
      const { makeZip } = await import('client-zip');
      return makeZip(files.map(({ path, file }) => ({ name: `${name}/${path}`, input: file })));
    },
  };
}

function described(
  where: Exported['where'],
  folder: FileSystemDirectoryHandle,
  files: readonly ExportFile[],
): Exported {
  return {
    ...{ name: folder.name, where, folder },
    files: files.map(({ path, file }) => ({ path, bytes: file.size })),
    bytes: files.reduce((sum, { file }) => sum + file.size, 0),
    saved: Math.max(0, ...files.map(({ file }) => file.lastModified)),
  };
}

async function filesIn(folder: FileSystemDirectoryHandle, before = ''): Promise<readonly ExportFile[]> {
  const found: ExportFile[] = [];
  for await (const [name, handle] of folder.entries()) {
    const path = before + name;
    if (handle.kind === 'directory') found.push(...(await filesIn(handle as FileSystemDirectoryHandle, `${path}/`)));
    else found.push({ path, file: await (handle as FileSystemFileHandle).getFile() });
  }
  return found;
}
