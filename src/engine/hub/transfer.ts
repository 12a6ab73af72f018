/** One file from the Hub into storage: goes on where it was cut, and ends only with the bytes that the Hub lists. */
import type { HubClient } from './client';
import { type Checksum, checksum } from './digest';
import type { SyncFile } from './directory';
import { Patience } from './patience';
import { cutOff, damaged } from './refusals';
import type { HubFile } from './types';
import { watchLine } from './watchLine';

export interface Listener {
  /** Bytes of the file in storage; `fetched` of them came just now, over the line. */
  at(bytes: number, fetched: number): void;
  state(state: 'checking' | 'fetching' | 'waiting'): void;
}

export interface Wanted {
  readonly commit: string;
  readonly file: HubFile;
  readonly signal: AbortSignal;
}

/** Pieces in which an earlier part is read again. */
const pieceBytes = 4 * 1024 * 1024;

/**
 * Rejects with a StudioError, or with the browser's `QuotaExceededError`. What has come stays in `part`, except where it
 * was found damaged.
 */
export async function transfer(client: HubClient, wanted: Wanted, part: SyncFile, tell: Listener): Promise<void> {
  await new Transfer(client, wanted, part, tell).run();
}

class Transfer {
  private readonly client: HubClient;
  private readonly wanted: Wanted;
  private readonly part: SyncFile;
  private readonly tell: Listener;
  private check: Checksum;

  constructor(client: HubClient, wanted: Wanted, part: SyncFile, tell: Listener) {
    this.client = client;
    this.wanted = wanted;
    this.part = part;
    this.tell = tell;
    this.check = checksum(wanted.file);
  }

  async run(): Promise<void> {
    const { file, signal } = this.wanted;
    const patience = new Patience(this.client.options, signal);
    await this.takeUp();
    while (this.part.getSize() < file.bytes) {
      try {
        this.tell.state('fetching');
        await this.stream(() => patience.renew());
      } catch (error) {
        this.tell.state('waiting');
        await patience.after(error);
        // Without a checksum nobody could tell whether two halves belong together.
        if (!file.digest) this.restart();
      }
    }
    if (this.check.agrees()) return;
    this.restart();
    throw damaged(file.path);
  }

  /** Reads what is there, so that the checksum covers it too. */
  private async takeUp(): Promise<void> {
    const { file, signal } = this.wanted;
    const size = this.part.getSize();
    if (size === 0) return;
    if (size > file.bytes || !file.digest) return this.restart();
    this.tell.state('checking');
    const piece = new Uint8Array(Math.min(size, pieceBytes));
    for (let at = 0; at < size; ) {
      const read = this.part.read(piece, { at });
      this.check.add(piece.subarray(0, read));
      at += read;
      // A breath, so that a cancel is heard.
      await this.client.options.wait(0, signal);
    }
    this.tell.at(size, 0);
  }

  /** From where the part ends to the end of the file, or until the line breaks. */
  private async stream(arrived: () => void): Promise<void> {
    const { commit, file, signal } = this.wanted;
    const { reference, options } = this.client;
    const from = this.part.getSize();
    const line = watchLine(signal, options.stall, () => cutOff(reference.endpoint, file.path));
    try {
      const { body, start } = await this.client.open(commit, file.path, from, file.bytes, line.signal);
      const reader = body.getReader();
      let at = start;
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        line.alive();
        // A server that ignores the range sends what is already here once more.
        const fresh = next.value.subarray(Math.min(next.value.length, Math.max(0, from - at)));
        at += next.value.length;
        arrived();
        if (fresh.length > 0) this.append(fresh);
      }
    } catch (error) {
      if (error instanceof TypeError || line.signal.aborted) throw cutOff(reference.endpoint, file.path);
      throw error;
    } finally {
      line.end();
    }
    if (this.part.getSize() < file.bytes) throw cutOff(reference.endpoint, file.path);
  }

  private append(bytes: Uint8Array<ArrayBuffer>): void {
    const { file } = this.wanted;
    const at = this.part.getSize();
    if (at + bytes.length > file.bytes) {
      this.restart();
      throw damaged(file.path);
    }
    // A full disk is told by an exception or by a short count.
    if (this.part.write(bytes, { at }) < bytes.length) throw new DOMException('short write', 'QuotaExceededError');
    this.check.add(bytes);
    this.tell.at(at + bytes.length, bytes.length);
  }

  private restart(): void {
    this.part.truncate(0);
    this.check = checksum(this.wanted.file);
    this.tell.at(0, 0);
  }
}
