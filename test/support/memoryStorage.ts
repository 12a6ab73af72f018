/** Where runs are kept, in memory: values are copied as the browser copies them, and room can run out. */
import type { AdapterFiles } from '../../src/store/runs/adapterFiles';
import type { Storage } from '../../src/store/runs/shelf';
import type { Change, Key, TableName, Tables } from '../../src/store/runs/tables';

export interface MemoryStorage {
  readonly storage: Storage;
  /** Table → key as JSON → value. */
  readonly tables: Map<TableName, Map<string, unknown>>;
  /** `run/folder` of every adapter. */
  readonly adapters: Set<string>;
  /** How often something was written, and what. */
  readonly writes: (readonly Change[])[];
  /** Runs that another tab has. */
  readonly elsewhere: Set<string>;
  /** Thrown by every write. */
  failure: Error | undefined;
  /** No file system for this page. */
  noFiles: boolean;
}

export function memoryStorage(): MemoryStorage {
  const tables = new Map<TableName, Map<string, unknown>>();
  const table = (name: TableName): Map<string, unknown> => {
    const found = tables.get(name) ?? new Map<string, unknown>();
    tables.set(name, found);
    return found;
  };
  const memory: Tables = {
    get: async (name, key) => structuredClone(table(name).get(JSON.stringify(key))),
    all: async (name, run) =>
      [...table(name)]
        .map(([key, value]) => ({ key: JSON.parse(key) as Key, value: structuredClone(value) }))
        .filter(({ key }) => run === undefined || key[0] === run)
        .sort((a, b) => Number(a.key[1]) - Number(b.key[1])),
    write: async (changes) => {
      if (made.failure) throw made.failure;
      made.writes.push(changes);
      for (const { table: name, key, value } of changes) {
        if (value === undefined) table(name).delete(JSON.stringify(key));
        else table(name).set(JSON.stringify(key), structuredClone(value));
      }
    },
  };
  const files: AdapterFiles = {
    folder: async (run) => {
      if (made.noFiles) throw new DOMException('not here', 'SecurityError');
      // The engine of the tests writes nothing: what it is asked to write into counts as written.
      made.adapters.add(run);
      return { name: run } as FileSystemDirectoryHandle;
    },
    files: async ({ run, files: names }) => {
      if (!made.adapters.has(run)) throw new DOMException('gone', 'NotFoundError');
      return names.map((name) => new File(['x'], name));
    },
    remove: async ({ run }) => void made.adapters.delete(run),
  };
  const made: MemoryStorage = {
    storage: {
      tables: memory,
      files,
      claims: {
        claim: async (run) => !made.elsewhere.has(run),
        elsewhere: async () => made.elsewhere,
      },
      estimate: async () => ({ usage: 10, quota: 100 }),
    },
    tables,
    adapters: new Set(),
    writes: [],
    elsewhere: new Set(),
    failure: undefined,
    noFiles: false,
  };
  return made;
}
