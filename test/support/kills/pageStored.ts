/** What the page has in its browser's storage: the results of its run, and its checkpoints, cut short as by a power cut. */
import type { Page } from '@playwright/test';
import type { Column } from '../../../src/engine/runs/seriesData';
import type { Kind } from './moments';

/** Curves as the run keeps them, without what is of the moment; every evaluation; SHA-256 of the adapters. */
export interface Stored {
  readonly run: string;
  readonly adapters: Readonly<Record<string, string>>;
  readonly curves: readonly (readonly [stage: string, columns: readonly (readonly [name: string, column: Column])[]])[];
  readonly evaluations: readonly string[];
}

/** Of the run that lies on the page. */
export function storedRun(page: Page): Promise<Stored> {
  return page.evaluate(async () => {
    const opened = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await opened(indexedDB.open('distillery'));
    const table = (name: string) => database.transaction(name).objectStore(name);
    const desk: { run: string }[] = await opened(table('desk').getAll());
    const id = desk.find(({ run }) => run !== undefined)!.run;
    const run: { adapters: Record<string, { run: string; folder: string }> } = await opened(table('runs').get(id));
    const data: { curves: Record<string, object> } = await opened(table('curves').get(id));
    const asked: object[] = await opened(table('evaluations').getAll(IDBKeyRange.bound([id], [id, []])));
    database.close();
    const runs = await (await navigator.storage.getDirectory()).getDirectoryHandle('runs');
    const adapters: Record<string, string> = {};
    for (const [artifact, { run: of, folder }] of Object.entries(run.adapters)) {
      const kept = await (await runs.getDirectoryHandle(of)).getDirectoryHandle(folder);
      const file = await (await kept.getFileHandle('adapter_model.safetensors')).getFile();
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
      adapters[artifact] = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    // Read back and written again, a value may have its names in another order.
    const sorted = (_: string, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value;
    const lasting = (curves: object): [string, Column][] =>
      Object.entries(curves).filter(([name]) => name !== 'tokensPerSecond' && name !== 'memory');
    return {
      ...{ run: id, adapters },
      curves: Object.entries(data.curves).map(([stage, curves]) => [stage, lasting(curves)] as const),
      // A teacher that was merged again has been asked again.
      evaluations: [...new Set(asked.map((evaluation) => JSON.stringify(evaluation, sorted)))].sort(),
    };
  });
}

/** `shares`: where the newest file and the index are cut, of their bytes. On a page of the origin beside which no studio is open. */
export function cutStored(page: Page, kind: Kind, shares: readonly [newest: number, index: number]): Promise<void> {
  return page.evaluate(
    async ([hits, [newestAt, indexAt]]) => {
      const root = await navigator.storage.getDirectory();
      const all = await root.getDirectoryHandle('checkpoints').catch(() => undefined);
      const files: { handle: FileSystemFileHandle; file: File }[] = [];
      for await (const key of all?.values() ?? []) {
        for await (const handle of (key as FileSystemDirectoryHandle).values())
          files.push({
            handle: handle as FileSystemFileHandle,
            file: await (handle as FileSystemFileHandle).getFile(),
          });
      }
      const cut = async (found: (typeof files)[number] | undefined, share: number) => {
        if (!found) return;
        const writable = await found.handle.createWritable({ keepExistingData: true });
        await writable.truncate(Math.floor(share * found.file.size));
        await writable.close();
      };
      const newest = files
        .filter(({ file }) => file.name.endsWith('.safetensors'))
        .sort((a, b) => b.file.lastModified - a.file.lastModified)[0];
      const index = files.find(({ file }) => file.name === 'index.json');
      if (hits !== 'index') await cut(newest, newestAt);
      if (hits !== 'newest') await cut(index, indexAt);
    },
    [kind, shares] as const,
  );
}
