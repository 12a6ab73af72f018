/** Trained adapters in the browser's own file system, a folder for each run: `runs/<id>/<folder>`. */
import type { KeptAdapter } from '../../engine/runs/record';

const ROOT = 'runs';

type Place = Pick<KeptAdapter, 'run' | 'folder'>;

/** What lies there of a run, whether its record names it or not. */
export interface RunFolder {
  readonly run: string;
  readonly folders: readonly string[];
}

export interface AdapterFiles {
  /** The folder of a run, made where there is none. Rejects where the browser has no file system for this page. */
  folder(run: string): Promise<FileSystemDirectoryHandle>;
  /** Of all runs. */
  all(): Promise<readonly RunFolder[]>;
  /** Rejects when one of them is gone. */
  files(adapter: KeptAdapter): Promise<File[]>;
  /** Copies files there, in place of any that were there. */
  put(place: Place, files: readonly File[]): Promise<void>;
  /** The folder of the run goes with the last one in it. Of something that is gone already, nothing is left to remove. */
  remove(place: RunFolder): Promise<void>;
}

export function browserFiles(root: () => Promise<FileSystemDirectoryHandle>): AdapterFiles {
  const top = async () => (await root()).getDirectoryHandle(ROOT, { create: true });
  const folder = async (run: string) => (await top()).getDirectoryHandle(run, { create: true });
  return {
    folder,
    all: async () => {
      const runs = await top();
      const found: RunFolder[] = [];
      for await (const run of runs.keys()) {
        const own = await ifThere(() => runs.getDirectoryHandle(run));
        if (own) found.push({ run, folders: await namesIn(own) });
      }
      return found;
    },
    files: async (adapter) => {
      const directory = await (await folder(adapter.run)).getDirectoryHandle(adapter.folder);
      return Promise.all(adapter.files.map(async (name) => (await directory.getFileHandle(name)).getFile()));
    },
    put: async (place, files) => {
      const directory = await (await folder(place.run)).getDirectoryHandle(place.folder, { create: true });
      for (const file of files) {
        const handle = await directory.getFileHandle(file.name, { create: true });
        await file.stream().pipeTo(await handle.createWritable());
      }
    },
    remove: async ({ run, folders }) => {
      const runs = await top();
      const own = await ifThere(() => runs.getDirectoryHandle(run));
      if (!own) return;
      for (const name of folders) await ifThere(() => own.removeEntry(name, { recursive: true }));
      if ((await namesIn(own)).length === 0) await ifThere(() => runs.removeEntry(run));
    },
  };
}

/** Tells two places apart. */
export function placeOf({ run, folder }: Place): string {
  return `${run}/${folder}`;
}

async function namesIn(directory: FileSystemDirectoryHandle): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of directory.keys()) names.push(name);
  return names;
}

/** Undefined for what is gone, or is no folder. */
async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DOMException && ['NotFoundError', 'TypeMismatchError'].includes(error.name)) return undefined;
    throw error;
  }
}
