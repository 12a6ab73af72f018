/** The browser's own file system in memory, with its exceptions: one writer per file, and room that can run out. */
import type { Directory, StoredFile, SyncFile } from '../../src/engine/hub/directory';

interface Room {
  /** Bytes that still fit. */
  left: number;
}

/** `room` may be changed while it is used. */
export function memoryDirectory(room: Room = { left: Number.POSITIVE_INFINITY }): Directory {
  return new Folder(room);
}

class Folder implements Directory {
  readonly entries = new Map<string, Folder | FileEntry>();
  private readonly room: Room;

  constructor(room: Room) {
    this.room = room;
  }

  async *keys(): AsyncGenerator<string> {
    yield* [...this.entries.keys()];
  }

  async getDirectoryHandle(name: string, { create } = { create: false }): Promise<Folder> {
    return this.find(name, Folder, create, () => new Folder(this.room));
  }

  async getFileHandle(name: string, { create } = { create: false }): Promise<FileEntry> {
    return this.find(name, FileEntry, create, () => new FileEntry(this, name, this.room));
  }

  async removeEntry(name: string): Promise<void> {
    const entry = this.entries.get(name);
    if (!entry) throw new DOMException(`no ${name}`, 'NotFoundError');
    if (entry instanceof Folder) for (const key of entry.entries.keys()) await entry.removeEntry(key);
    else if (entry.open) throw new DOMException(`${name} is open`, 'NoModificationAllowedError');
    this.entries.delete(name);
  }

  private find<T extends Folder | FileEntry>(
    name: string,
    kind: abstract new (...values: never[]) => T,
    create: boolean,
    make: () => T,
  ): T {
    const found = this.entries.get(name);
    if (found instanceof kind) return found;
    if (found) throw new DOMException(`${name} is of another kind`, 'TypeMismatchError');
    if (!create) throw new DOMException(`no ${name}`, 'NotFoundError');
    const made = make();
    this.entries.set(name, made);
    return made;
  }
}

class FileEntry implements StoredFile {
  open = false;
  bytes = new Uint8Array(0);
  private name: string;
  private readonly folder: Folder;
  private readonly room: Room;

  constructor(folder: Folder, name: string, room: Room) {
    this.folder = folder;
    this.name = name;
    this.room = room;
  }

  async getFile(): Promise<File> {
    return new File([this.bytes], this.name);
  }

  async move(name: string): Promise<void> {
    if (this.open) throw new DOMException(`${this.name} is open`, 'NoModificationAllowedError');
    this.folder.entries.delete(this.name);
    this.name = name;
    this.folder.entries.set(name, this);
  }

  async createSyncAccessHandle(): Promise<SyncFile> {
    if (this.open) throw new DOMException(`${this.name} is open`, 'NoModificationAllowedError');
    this.open = true;
    return {
      getSize: () => this.bytes.length,
      read: (buffer, { at }) => {
        const piece = this.bytes.subarray(at, at + buffer.length);
        buffer.set(piece);
        return piece.length;
      },
      write: (buffer, { at }) => this.write(buffer, at),
      truncate: (size) => {
        this.bytes = this.bytes.slice(0, size);
      },
      flush: () => {},
      close: () => {
        this.open = false;
      },
    };
  }

  async createWritable(): Promise<WritableStream<Uint8Array>> {
    this.bytes = new Uint8Array(0);
    return new WritableStream({ write: (piece) => void this.write(piece, this.bytes.length) });
  }

  private write(buffer: Uint8Array, at: number): number {
    const more = Math.max(0, at + buffer.length - this.bytes.length);
    if (more > this.room.left) throw new DOMException('no room', 'QuotaExceededError');
    this.room.left -= more;
    const grown = new Uint8Array(this.bytes.length + more);
    grown.set(this.bytes);
    grown.set(buffer, at);
    this.bytes = grown;
    return buffer.length;
  }
}
