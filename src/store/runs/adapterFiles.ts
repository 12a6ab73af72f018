/** Trained adapters in the browser's own file system, a folder for each run: `runs/<id>/<folder>`. */
import type { KeptAdapter } from './record';

const ROOT = 'runs';

export interface AdapterFiles {
  /** The folder of a run, made where there is none. Rejects where the browser has no file system for this page. */
  folder(run: string): Promise<FileSystemDirectoryHandle>;
  /** Rejects when one of them is gone. */
  files(adapter: KeptAdapter): Promise<File[]>;
  /** Of something that is gone already, nothing is left to remove. */
  remove(adapter: KeptAdapter): Promise<void>;
}

export function browserFiles(root: () => Promise<FileSystemDirectoryHandle>): AdapterFiles {
  const folder = async (run: string): Promise<FileSystemDirectoryHandle> => {
    const runs = await (await root()).getDirectoryHandle(ROOT, { create: true });
    return runs.getDirectoryHandle(run, { create: true });
  };
  return {
    folder,
    files: async (adapter) => {
      const directory = await (await folder(adapter.run)).getDirectoryHandle(adapter.folder);
      return Promise.all(adapter.files.map(async (name) => (await directory.getFileHandle(name)).getFile()));
    },
    remove: async (adapter) => {
      const runs = await (await root()).getDirectoryHandle(ROOT, { create: true });
      try {
        const own = await runs.getDirectoryHandle(adapter.run);
        await own.removeEntry(adapter.folder, { recursive: true });
        for await (const _left of own.keys()) return;
        await runs.removeEntry(adapter.run);
      } catch (error) {
        if (!(error instanceof DOMException) || error.name !== 'NotFoundError') throw error;
      }
    },
  };
}
