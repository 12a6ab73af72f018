/**
 * Two files in turn, and an index that names the newest and is moved into place last: whatever breaks off, one whole checkpoint
 * stays. Should the newest not be whole, the one before it is taken.
 */
import * as v from 'valibot';
import type { StudioError } from '../studioError';
import { type Checkpoint, decodeCheckpoint, readState } from './file';
import type { CheckpointFolder } from './folder';
import type { CheckpointState } from './state';

const slotNames = ['a.safetensors', 'b.safetensors'] as const;
type Slot = (typeof slotNames)[number];

const INDEX = 'index.json';
const MOST_INDEX_BYTES = 10_000;

const indexSchema = v.object({ version: v.literal(1), newest: v.picklist(slotNames) });

export class Slots {
  private readonly folder: CheckpointFolder;
  /** Known to be whole, and the newest of those. */
  private whole: Slot | undefined;

  constructor(folder: CheckpointFolder) {
    this.folder = folder;
  }

  /** Writes beside the newest that is whole, which stays until the new one is. Says how many bytes both take now. */
  async write(pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<number> {
    // The index may name one that was damaged since: what is written over must not be the last that can be read.
    if (this.whole === undefined) await this.read().catch(() => undefined);
    const slot = this.whole === slotNames[0] ? slotNames[1] : slotNames[0];
    await this.folder.write(slot, pieces);
    await this.point(slot);
    return this.bytes();
  }

  /** The newest that is whole. Throws a StudioError `checkpoint-invalid` of the newest when none is; undefined where there is none. */
  async read(): Promise<Checkpoint | undefined> {
    const read = await this.first(decodeCheckpoint);
    this.whole = read?.slot;
    return read?.found;
  }

  /**
   * The one before becomes the newest, and is what a next one is written beside: its step, its bytes and those of both. Undefined, and
   * nothing is changed, where there is none that is whole.
   */
  async back(): Promise<{ readonly step: number; readonly bytes: number; readonly kept: number } | undefined> {
    const [, before] = await this.inOrder();
    const file = await this.folder.read(before);
    const found = file && (await decodeCheckpoint(file, before).catch(() => undefined));
    if (!found) return undefined;
    await this.point(before);
    return { step: found.state.step, bytes: file.size, kept: await this.bytes() };
  }

  /** What the newest says of itself, and its file; its tensors may be damaged. */
  async look(): Promise<{ readonly state: CheckpointState; readonly file: Blob; readonly bytes: number } | undefined> {
    const read = await this.first(readState);
    if (!read) return undefined;
    return { state: read.found, file: read.file, bytes: await this.bytes() };
  }

  /** To the newest, which is whole. */
  private async point(slot: Slot): Promise<void> {
    const index = new TextEncoder().encode(JSON.stringify({ version: 1, newest: slot }));
    await this.folder.write(`${INDEX}.part`, [index]);
    await this.folder.rename(`${INDEX}.part`, INDEX);
    this.whole = slot;
  }

  private async bytes(): Promise<number> {
    const sizes = await Promise.all(slotNames.map(async (name) => (await this.folder.read(name))?.size ?? 0));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  private async first<T>(read: (file: Blob, name: string) => Promise<T>) {
    let failure: unknown;
    for (const slot of await this.inOrder()) {
      const file = await this.folder.read(slot);
      if (!file) continue;
      try {
        return { found: await read(file, slot), file, slot };
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure) throw failure as StudioError;
    return undefined;
  }

  /** The newest first. Without a usable index the files say themselves which one that is. */
  private async inOrder(): Promise<readonly [newest: Slot, other: Slot]> {
    const newest = (await this.newest()) ?? (await this.later());
    return newest === slotNames[1] ? [slotNames[1], slotNames[0]] : slotNames;
  }

  private async newest(): Promise<Slot | undefined> {
    const file = await this.folder.read(INDEX);
    if (!file || file.size > MOST_INDEX_BYTES) return undefined;
    try {
      return v.parse(indexSchema, JSON.parse(await file.text())).newest;
    } catch {
      return undefined;
    }
  }

  private async later(): Promise<Slot> {
    const steps = await Promise.all(slotNames.map((name) => this.stepOf(name)));
    return steps[1]! > steps[0]! ? slotNames[1] : slotNames[0];
  }

  private async stepOf(slot: Slot): Promise<number> {
    const file = await this.folder.read(slot);
    const state = file && (await readState(file, slot).catch(() => undefined));
    return state?.step ?? 0;
  }
}
