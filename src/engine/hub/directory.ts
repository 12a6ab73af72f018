/** The part of the browser's file system that models are kept in, as an interface: tests bring one of their own. */

export interface SyncFile {
  getSize(): number;
  read(buffer: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(buffer: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

export interface StoredFile {
  getFile(): Promise<File>;
  /** For one writer at a time; in a dedicated worker only. */
  createSyncAccessHandle(): Promise<SyncFile>;
  /** Takes another name in the same folder, and the place of a file that had it. */
  move(name: string): Promise<void>;
}

export interface Directory {
  keys(): AsyncIterable<string>;
  getDirectoryHandle(name: string, options?: { create: boolean }): Promise<Directory>;
  getFileHandle(name: string, options?: { create: boolean }): Promise<StoredFile>;
  removeEntry(name: string, options?: { recursive: boolean }): Promise<void>;
}

/** The name of a browser's exception: what it says differs, what it is called does not. */
export function exceptionName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** What `work` finds, or undefined where there is nothing of that name. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (exceptionName(error) === 'NotFoundError') return undefined;
    throw error;
  }
}

/** Where what is kept lies; it may reject where there is no such place. */
export type Storage = () => Promise<Directory>;
