/** Where runs are kept, in memory: values are copied as the browser copies them, and room can run out. */
import type { Directory } from '../../src/engine/hub/directory';
import { type AdapterFiles, browserFiles } from '../../src/store/runs/adapterFiles';
import type { Storage } from '../../src/store/runs/shelf';
import type { Change, Key, TableName, Tables } from '../../src/store/runs/tables';
import { memoryDirectory } from './memoryFiles';

export interface MemoryStorage {
  readonly storage: Storage;
  /** Table → key as JSON → value. */
  readonly tables: Map<TableName, Map<string, unknown>>;
  /** Where adapters lie, as in the browser. */
  readonly root: Directory;
  /** How often something was written, and what. */
  readonly writes: (readonly Change[])[];
  /** Runs that another tab has. */
  readonly elsewhere: Set<string>;
  /** Thrown by every write. */
  failure: Error | undefined;
  /** Thrown by every reading of the desk, and of the rows on it. */
  readFailure: Error | undefined;
  /** How often the browser was asked to clear nothing away. */
  persisted: number;
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
    get: async (name, key) => {
      if (made.readFailure) throw made.readFailure;
      return structuredClone(table(name).get(JSON.stringify(key)));
    },
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
  const root = memoryDirectory();
  const inBrowser = browserFiles(async () => {
    if (made.noFiles) throw new DOMException('not here', 'SecurityError');
    return root as unknown as FileSystemDirectoryHandle;
  });
  const files: AdapterFiles = {
    ...inBrowser,
    folder: async (run) => Object.assign(await inBrowser.folder(run), { name: run }),
  };
  const made: MemoryStorage = {
    storage: {
      tables: memory,
      files,
      claims: {
        claim: async (run) => !made.elsewhere.has(run),
        release: () => {},
        claimed: async () => made.elsewhere,
        elsewhere: async () => made.elsewhere,
      },
      estimate: async () => ({ usage: 10, quota: 100 }),
      persisted: async () => made.persisted > 0,
      persist: async () => {
        made.persisted += 1;
        return true;
      },
    },
    tables,
    root,
    writes: [],
    elsewhere: new Set(),
    failure: undefined,
    readFailure: undefined,
    persisted: 0,
    noFiles: false,
  };
  return made;
}
