/** Files of a run's own in the browser's storage: gone when the run ends, or after a crash when the next one begins. */
import type { Directory, SyncFile } from './directory';

const root = 'scratch';

export interface Scratch {
  readonly file: Pick<SyncFile, 'read' | 'write'>;
  /** Closes and removes the file; one that cannot be removed is left to the next run, and no reason to fail this one. */
  close(): Promise<void>;
}

/** A new file; undefined where the browser gives no storage. */
export async function openScratch(storage: () => Promise<Directory>): Promise<Scratch | undefined> {
  try {
    const folder = await (await storage()).getDirectoryHandle(root, { create: true });
    await sweep(folder);
    const name = crypto.randomUUID();
    const file = await (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle();
    return {
      file,
      close: async () => {
        file.close();
        await Promise.allSettled([folder.removeEntry(name)]);
      },
    };
  } catch {
    return undefined;
  }
}

/** What crashed tabs have left. A file that another tab has open cannot be removed, and stays. */
async function sweep(folder: Directory): Promise<void> {
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  await Promise.allSettled(names.map((name) => folder.removeEntry(name)));
}
