/** Where files are written: a folder that a person picked, the browser's own storage, a folder on disk, or memory. */

export interface Writer {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The file is whole, and stands under its name only from now on where the place allows it. */
  close(): Promise<void>;
  /** Gives up what was written so far. */
  abort(): Promise<void>;
}

export interface Sink {
  /** `file` is a path: folders before its name are made, with `/` between them on every system. */
  create(file: string): Promise<Writer>;
}

/** Writes a file in pieces; whatever goes wrong, no half of it stays. */
export async function writeFile(
  sink: Sink,
  file: string,
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>> | Iterable<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const writer = await sink.create(file);
  try {
    for await (const piece of pieces) await writer.write(piece);
    await writer.close();
  } catch (error) {
    await writer.abort().catch(() => {});
    throw error;
  }
}

/** Files in memory, for what is small and for tests. */
export function memorySink(): Sink & { readonly files: Map<string, Blob> } {
  const files = new Map<string, Blob>();
  return {
    files,
    create: async (file) => {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      return {
        write: async (bytes) => {
          parts.push(bytes.slice());
        },
        close: async () => {
          files.set(file, new Blob(parts));
        },
        abort: async () => {},
      };
    },
  };
}
