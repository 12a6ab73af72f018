/** A folder handle as the browser gives it, in memory; a name of an exception makes the next write, or the opening, fail with it. */

export interface FakeDirectory {
  readonly handle: FileSystemDirectoryHandle;
  /** Folder → path of a file in it → bytes that were committed by closing. */
  readonly folders: Map<string, Map<string, number>>;
  failWrites: string | undefined;
  failOpening: string | undefined;
}

export function fakeDirectory(): FakeDirectory {
  const folders = new Map<string, Map<string, number>>();
  const fail = (name: string | undefined): void => {
    if (name) throw new DOMException('the reason', name);
  };
  const fileHandle = (files: Map<string, number>, name: string) => ({
    createWritable: async () => {
      let bytes = 0;
      return {
        write: async (piece: Uint8Array) => {
          fail(fake.failWrites);
          bytes += piece.byteLength;
        },
        close: async () => void files.set(name, bytes),
        abort: async () => {},
      };
    },
  });
  const folderHandle = (files: Map<string, number>, path = ''): object => ({
    getDirectoryHandle: async (name: string) => folderHandle(files, `${path}${name}/`),
    getFileHandle: async (name: string) => {
      files.set(path + name, 0);
      return fileHandle(files, path + name);
    },
  });
  const handle = {
    kind: 'directory',
    keys: async function* () {
      yield* folders.keys();
    },
    getDirectoryHandle: async (name: string) => {
      fail(fake.failOpening);
      const files = folders.get(name) ?? new Map<string, number>();
      folders.set(name, files);
      return folderHandle(files);
    },
    removeEntry: async (name: string) => void folders.delete(name),
  };
  const fake: FakeDirectory = {
    handle: handle as unknown as FileSystemDirectoryHandle,
    folders,
    failWrites: undefined,
    failOpening: undefined,
  };
  return fake;
}
