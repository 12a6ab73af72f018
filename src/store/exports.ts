/** Models that were written to be taken home and are at hand: those in the browser's own storage, and folders of this visit. */
import { type FileBelow, filesBelow, isFolder } from '../engine/formats/directory';
import { RemoteError, toFailure } from '../worker/failure';
import { exportKey } from './secondEngine';
import type { SessionStore } from './session';
import type { Exported } from './types';

/** What the browser gives this page; either may be missing, and then nothing is kept here. */
export interface ExportStorage {
  readonly root: () => Promise<FileSystemDirectoryHandle>;
  readonly locks: () => Pick<LockManager, 'request'>;
}

export interface Exports {
  /**
   * The list read anew; without storage nothing but picked folders is in it. What was not written to its end is taken away,
   * unless it is being written, here or in another tab.
   */
  listExports(): Promise<void>;
  /** Writes into the browser's storage; what is there half is left alone meanwhile. */
  whileWriting<T>(work: () => Promise<T>): Promise<T>;
  /** A folder that a person picked and that was written in this visit. */
  addExport(folder: FileSystemDirectoryHandle): Promise<void>;
  /** From the browser's storage; one in a picked folder only leaves the list. */
  deleteExport(exported: Exported): Promise<void>;
  /** Every file with its path inside the folder. Rejects with `export-gone` when it was deleted or moved. */
  exportFiles(exported: Exported): Promise<readonly FileBelow[]>;
  /** All of it as one zip, made while it is read; undefined when it is gone, which the page then says. */
  zipExport(exported: Exported): Promise<ReadableStream<Uint8Array> | undefined>;
}

const FOLDER = 'exports';
const LOCK = 'distillery.exports';

/** Where new ones are written. */
export async function exportsFolder(root: ExportStorage['root']): Promise<FileSystemDirectoryHandle> {
  return (await root()).getDirectoryHandle(FOLDER, { create: true });
}

/** The config is written last: without one, the tab was closed on the way. */
const isWhole = (files: readonly FileBelow[]): boolean => files.some(({ path }) => path === 'config.json');

export function createExports(store: SessionStore, { root, locks }: ExportStorage): Exports {
  const told = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const { message: reason } = toFailure(error);
      const message = `The browser's storage refused it: ${reason}`;
      store.getState().notify({ code: 'exports-storage', message, detail: { reason } });
    }
  };

  /** `sweeping`: nobody writes, so what is not whole was left behind. */
  const read = async (folder: FileSystemDirectoryHandle, sweeping: boolean): Promise<readonly Exported[]> => {
    const found: Exported[] = [];
    for await (const handle of folder.values()) {
      if (!isFolder(handle)) continue;
      const files = await filesIn(handle).catch(unlessGone);
      if (!files) continue;
      if (isWhole(files)) found.push(described('browser', handle, files));
      else if (sweeping) await folder.removeEntry(handle.name, { recursive: true });
    }
    return found;
  };

  return {
    listExports: async () => {
      const found = await exportsFolder(root)
        .then((folder) => locks().request(LOCK, { ifAvailable: true }, (lock) => read(folder, lock !== null)))
        .catch(() => []);
      const before = store.getState().exports ?? [];
      const picked = before.filter(({ where }) => where === 'folder');
      // One that was known stays the same object: nobody who looks at it begins anew.
      const known = new Map(before.map((exported) => [exportKey(exported), exported]));
      const own = found.map((exported) => known.get(exportKey(exported)) ?? exported);
      store.getState().setExports([...picked, ...own].toSorted((a, b) => b.saved - a.saved));
    },
    whileWriting: (work) => locks().request(LOCK, { mode: 'shared' }, work),
    addExport: (folder) =>
      told(async () => {
        const added = described('folder', folder, await filesIn(folder));
        store.getState().setExports([added, ...(store.getState().exports ?? [])]);
      }),
    deleteExport: (exported) =>
      told(async () => {
        const key = exportKey(exported);
        if (exported.where === 'browser')
          await (await exportsFolder(root)).removeEntry(exported.name, { recursive: true }).catch(unlessGone);
        store.getState().setExports((store.getState().exports ?? []).filter((other) => exportKey(other) !== key));
      }),
    exportFiles: filesOf,
    zipExport: async (exported) => {
      const { name } = exported;
      const files = await filesOf(exported).catch((error: unknown) => store.getState().notify(toFailure(error)));
      if (!files) return undefined;
      const { makeZip } = await import('client-zip');
      return makeZip(files.map(({ path, file }) => ({ name: `${name}/${path}`, input: file })));
    },
  };
}

async function filesOf({ name, folder }: Exported): Promise<readonly FileBelow[]> {
  const files = await filesIn(folder).catch(unlessGone);
  if (files) return files;
  const message = `“${name}” is no longer where it was written: it was deleted or moved.`;
  throw new RemoteError({ code: 'export-gone', message, detail: { name } });
}

/** Another tab has deleted it, or is about to. */
function unlessGone(error: unknown): undefined {
  if (!(error instanceof DOMException) || error.name !== 'NotFoundError') throw error;
}

function described(where: Exported['where'], folder: FileSystemDirectoryHandle, files: readonly FileBelow[]): Exported {
  return {
    ...{ name: folder.name, where, folder },
    files: files.map(({ path, file }) => ({ path, bytes: file.size })),
    bytes: files.reduce((sum, { file }) => sum + file.size, 0),
    saved: Math.max(0, ...files.map(({ file }) => file.lastModified)),
  };
}

async function filesIn(folder: FileSystemDirectoryHandle): Promise<readonly FileBelow[]> {
  const found: FileBelow[] = [];
  for await (const file of filesBelow(folder)) found.push(file);
  return found;
}
