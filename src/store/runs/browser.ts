/** The browser's own storage for runs: IndexedDB, its file system, its locks. */
import { browserFiles } from './adapterFiles';
import { browserClaims } from './claims';
import type { Storage } from './shelf';
import { openTables } from './tables';

/** Rejects where the browser gives this page none: in some private windows, or when site data is blocked. */
export async function browserStorage(): Promise<Storage> {
  return {
    tables: await openTables(),
    files: browserFiles(() => navigator.storage.getDirectory()),
    claims: browserClaims(navigator.locks),
    estimate: () => navigator.storage.estimate(),
    persist: async () => navigator.storage.persist(),
    persisted: async () => navigator.storage.persisted(),
  };
}
