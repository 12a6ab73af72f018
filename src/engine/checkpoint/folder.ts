/** Where the checkpoints of one run lie: files by name, in the browser's storage, on disk, or in memory. */
import { type Directory, ifThere } from '../hub/directory';

type Bytes = Uint8Array<ArrayBuffer>;

export interface CheckpointFolder {
  /** Undefined when there is none. */
  read(name: string): Promise<Blob | undefined>;
  /** In place of what was there; resolves when all of it is on the disk. */
  write(name: string, pieces: readonly Bytes[]): Promise<void>;
  /** Takes another name, and the place of a file that had it, at once or not at all. */
  rename(from: string, to: string): Promise<void>;
}

/** The folders of all runs, by key. */
export interface CheckpointShelf {
  folder(key: string): Promise<CheckpointFolder>;
  keys(): Promise<readonly string[]>;
  remove(key: string): Promise<void>;
}

/** Bytes written between two looks at what else is to be done. */
const PIECE = 4 << 20;

const root = 'checkpoints';

/** In the browser's storage; a worker's own, where files can be written in place. */
export function storedCheckpoints(storage: () => Promise<Directory>): CheckpointShelf {
  const all = async () => (await storage()).getDirectoryHandle(root, { create: true });
  return {
    folder: async (key) => storedFolder(async () => (await all()).getDirectoryHandle(key, { create: true })),
    keys: async () => {
      const keys: string[] = [];
      try {
        for await (const key of (await all()).keys()) keys.push(key);
      } catch {
        // Without storage there are none.
      }
      return keys;
    },
    remove: async (key) => {
      await ifThere((await all()).removeEntry(key, { recursive: true }));
    },
  };
}

/** Opened for every file anew: what the storage refuses now, it may allow later. */
function storedFolder(open: () => Promise<Directory>): CheckpointFolder {
  return {
    read: async (name) => (await ifThere((await open()).getFileHandle(name)))?.getFile(),
    write: async (name, pieces) => {
      const handle = await (await open()).getFileHandle(name, { create: true });
      const file = await handle.createSyncAccessHandle();
      try {
        file.truncate(0);
        let at = 0;
        for (const part of pieces.flatMap(inPieces)) {
          if (file.write(part, { at }) !== part.byteLength) throw new DOMException('no room', 'QuotaExceededError');
          at += part.byteLength;
          await new Promise((resolve) => setTimeout(resolve));
        }
        file.flush();
      } finally {
        file.close();
      }
    },
    rename: async (from, to) => (await (await open()).getFileHandle(from)).move(to),
  };
}

function inPieces(bytes: Bytes): readonly Bytes[] {
  const count = Math.ceil(bytes.byteLength / PIECE);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * PIECE, (i + 1) * PIECE));
}
