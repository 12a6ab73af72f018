/**
 * Models in the browser's own storage, a folder each. A file has its name only when it is whole, until then it ends in
 * `.part`; a folder is a model only when `manifest.json` is there, which is written last. `state.json` says what an
 * unfinished one is going to be.
 */
import { StudioError } from '../studioError';
import { type Directory, ifThere, type SyncFile } from './directory';
import { keyOf, readRecord, shared, writeRecord } from './records';
import type { HubFile, HubModel, StoredModel } from './types';

const root = 'models';
const manifest = 'manifest.json';
const state = 'state.json';

export class Shelf {
  private readonly storage: () => Promise<Directory>;

  constructor(storage: () => Promise<Directory>) {
    this.storage = storage;
  }

  /** Whole and unfinished models, the newest first. */
  async list(): Promise<StoredModel[]> {
    const folders = await this.folders();
    const found: StoredModel[] = [];
    for await (const key of folders.keys()) {
      const folder = await ifThere(folders.getDirectoryHandle(key));
      const whole = folder && (await readRecord(folder, manifest));
      const kept = whole ?? (folder && (await readRecord(folder, state)));
      if (folder && kept) found.push({ key, ...kept, whole: whole !== undefined, stored: await bytesIn(folder) });
    }
    return found.sort((a, b) => b.date - a.date);
  }

  /** The files of a whole model. Throws a StudioError `stored-missing`. */
  async files(key: string): Promise<File[]> {
    const folder = await ifThere((await this.folders()).getDirectoryHandle(key));
    const kept = folder && (await readRecord(folder, manifest));
    if (!folder || !kept) {
      const message = `The model ${key} is no longer in the browser's storage. Download it again.`;
      throw new StudioError('stored-missing', message, { key });
    }
    return Promise.all(kept.model.files.map(async ({ path }) => (await folder.getFileHandle(path)).getFile()));
  }

  async remove(key: string): Promise<void> {
    const folders = await this.folders();
    const folder = await ifThere(folders.getDirectoryHandle(key));
    // Cut off in the middle, a deletion leaves something unfinished, never a model that lacks files.
    await (folder && (await ifThere(folder.getFileHandle(manifest))))?.move(state);
    await shared(key, () => ifThere(folders.removeEntry(key, { recursive: true })));
  }

  /** The folder of a model that is to be fetched, with whatever of it is there already. */
  async open(model: HubModel, date: number): Promise<Part> {
    const folder = await (await this.folders()).getDirectoryHandle(keyOf(model), { create: true });
    const before = (await readRecord(folder, manifest)) ?? (await readRecord(folder, state));
    // Continued by its commit, it keeps the name of the revision that it was looked up by.
    const kept = before ? { ...before, model: { ...model, revision: before.model.revision } } : { date, model };
    await writeRecord(folder, state, kept);
    return new Part(folder, kept.model);
  }

  private async folders(): Promise<Directory> {
    try {
      return await (await this.storage()).getDirectoryHandle(root, { create: true });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The browser gives this page no storage of its own (${reason}): in a private window, or when site data is blocked, models cannot be kept.`;
      throw new StudioError('no-storage', message, { reason });
    }
  }
}

/** A model on its way into storage. */
export class Part {
  readonly key: string;
  private readonly folder: Directory;
  private readonly model: HubModel;

  constructor(folder: Directory, model: HubModel) {
    this.key = keyOf(model);
    this.folder = folder;
    this.model = model;
  }

  /** Bytes of the file that are in storage, and whether it has its name. */
  async has({ path, bytes }: HubFile): Promise<{ bytes: number; whole: boolean }> {
    const whole = await sizeOf(this.folder, path);
    if (whole === bytes) return { bytes, whole: true };
    return { bytes: (await sizeOf(this.folder, `${path}.part`)) ?? 0, whole: false };
  }

  /** Fills a file under its part name; afterwards it has its own. Whatever goes wrong, what is there stays. */
  async fill({ path }: HubFile, work: (part: SyncFile) => Promise<void>): Promise<void> {
    const handle = await this.folder.getFileHandle(`${path}.part`, { create: true });
    const part = await shared(this.key, () => handle.createSyncAccessHandle());
    try {
      await work(part);
      part.flush();
    } finally {
      part.close();
    }
    await handle.move(path);
  }

  /** From now on it is a model. */
  async seal(date: number): Promise<void> {
    await writeRecord(this.folder, manifest, { date, model: this.model });
    await ifThere(this.folder.removeEntry(state));
  }
}

async function sizeOf(folder: Directory, file: string): Promise<number | undefined> {
  const handle = await ifThere(folder.getFileHandle(file));
  return handle && (await handle.getFile()).size;
}

async function bytesIn(folder: Directory): Promise<number> {
  let sum = 0;
  for await (const name of folder.keys()) sum += (await sizeOf(folder, name)) ?? 0;
  return sum;
}
