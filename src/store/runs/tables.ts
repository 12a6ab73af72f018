/** Where runs are written: a few tables of plain values, as an interface, and the browser's IndexedDB behind it. */
import { type IDBPDatabase, openDB } from 'idb';

export const tableNames = ['runs', 'curves', 'evaluations', 'desk', 'rows', 'recipes'] as const;
export type TableName = (typeof tableNames)[number];

/** A run's id, or that and a number; tables are sorted by it. */
export type Key = string | readonly [run: string, number: number];

/** Without a value, what is there is removed. */
export interface Change {
  readonly table: TableName;
  readonly key: Key;
  readonly value?: unknown;
}

export interface Tables {
  get(table: TableName, key: Key): Promise<unknown>;
  /** All values of a table, or those whose key begins with a run's id, in the order of their keys. */
  all(table: TableName, run?: string): Promise<readonly { readonly key: Key; readonly value: unknown }[]>;
  /** All changes or none of them. */
  write(changes: readonly Change[]): Promise<void>;
}

const DATABASE = 'distillery';
const SCHEMA_VERSION = 1;

/** Rejects where the browser gives no storage, or has a newer one than this version knows. */
export async function openTables(): Promise<Tables> {
  const database = await openDB(DATABASE, SCHEMA_VERSION, {
    upgrade: (made, before) => {
      // Each version adds to the one before: what a person has kept goes through all of them.
      if (before < 1) for (const table of tableNames) made.createObjectStore(table);
    },
    // A newer version in another tab must not wait for this one.
    blocking: (_now, _next, event) => (event.target as IDBDatabase | null)?.close(),
  });
  return tablesOf(database);
}

function tablesOf(database: IDBPDatabase): Tables {
  return {
    get: (table, key) => database.get(table, keyOf(key)),
    all: async (table, run) => {
      const range = run === undefined ? undefined : IDBKeyRange.bound([run], [run, []]);
      const transaction = database.transaction(table);
      const [keys, values] = await Promise.all([transaction.store.getAllKeys(range), transaction.store.getAll(range)]);
      return keys.map((key, index) => ({ key: key as Key, value: values[index] }));
    },
    write: async (changes) => {
      if (changes.length === 0) return;
      const transaction = database.transaction([...new Set(changes.map(({ table }) => table))], 'readwrite');
      const written = changes.map(({ table, key, value }) => {
        const store = transaction.objectStore(table);
        return value === undefined ? store.delete(keyOf(key)) : store.put(value, keyOf(key));
      });
      await Promise.all([...written, transaction.done]);
    },
  };
}

function keyOf(key: Key): IDBValidKey {
  return typeof key === 'string' ? key : [...key];
}
