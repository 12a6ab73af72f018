/** A file on disk as the engine's `File`: nothing is read before it is asked for. */
import { open } from 'node:fs/promises';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Like what `openAsBlob` gives, which Node 20 cuts to its size modulo 4 GiB. A file that became shorter gives what it has.
 * `path` is read from `start` to `end` (bytes).
 */
export class DiskFile extends File {
  private readonly path: string;
  private readonly start: number;
  private readonly end: number;

  constructor(path: string, name: string, start: number, end: number) {
    super([], name);
    this.path = path;
    this.start = start;
    this.end = end;
    Object.defineProperty(this, 'size', { value: end - start });
  }

  override slice(from = 0, to = this.size): DiskFile {
    const end = Math.min(this.end, this.start + to);
    return new DiskFile(this.path, this.name, Math.min(end, this.start + from), end);
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    const count = await this.read(bytes, this.start);
    return count < bytes.length ? bytes.buffer.slice(0, count) : bytes.buffer;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.arrayBuffer());
  }

  override stream(): ReadableStream<Bytes> {
    let at = this.start;
    return new ReadableStream({
      type: 'bytes',
      autoAllocateChunkSize: 1 << 20,
      pull: async (controller) => {
        const request = controller.byobRequest!;
        const { buffer, byteOffset, byteLength } = request.view!;
        const into = new Uint8Array(buffer, byteOffset, Math.min(byteLength, this.end - at));
        const count = await this.read(into, at);
        at += count;
        if (count === 0) controller.close();
        request.respond(count);
      },
    });
  }

  /** Fills `into` from byte `at` of the file on; gives how many bytes there were. */
  private async read(into: Bytes, at: number): Promise<number> {
    await using file = await open(this.path);
    let filled = 0;
    while (filled < into.length) {
      const { bytesRead } = await file.read(into, filled, into.length - filled, at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }
}
