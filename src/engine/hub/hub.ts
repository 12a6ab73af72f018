/** Models from a Hub and on the shelf, one download at a time: what the engine's door opens to. */

import type { ModelOrigin } from '../studio';
import { StudioError } from '../studioError';
import { HubClient, type HubOptions } from './client';
import { type Directory, exceptionName } from './directory';
import { lookUp } from './lookup';
import { waitFor } from './patience';
import { Progress } from './progress';
import { keyOf } from './records';
import { readReference } from './reference';
import { cancelled } from './refusals';
import { Shelf } from './shelf';
import { transfer } from './transfer';
import type { DownloadProgress, HubModel, HubRequest, StoredModel } from './types';

const inBrowser: HubOptions = {
  fetch: (address, init) => fetch(address, init),
  wait: waitFor,
  stall: 60_000,
  now: () => Date.now(),
};

export class Hub {
  private readonly options: HubOptions;
  private readonly shelf: Shelf;
  private running: { readonly abort: AbortController; key: string | undefined } | undefined;

  /** `storage` gives the folder that models are kept in; it may reject where there is none. */
  constructor(storage: () => Promise<Directory>, options: Partial<HubOptions> = {}) {
    this.options = { ...inBrowser, ...options };
    this.shelf = new Shelf(storage);
  }

  /** Looks a model up without fetching it. Rejects with a StudioError, see `lookUp`. */
  async find(request: HubRequest): Promise<HubModel> {
    return lookUp(this.client(request), new AbortController().signal);
  }

  /**
   * Fetches what is missing of a model. Rejects with a StudioError: what `find` throws, `hub-busy`, `hub-cancelled`,
   * `hub-cut-off`, `hub-file-damaged`, `hub-quota`, `stored-busy`. What has come is kept for the next try.
   */
  async download(request: HubRequest, listen: (progress: DownloadProgress) => void): Promise<StoredModel> {
    if (this.running) throw new StudioError('hub-busy', 'A model is already being downloaded. Wait, or cancel it.');
    const abort = new AbortController();
    const running = { abort, key: undefined as string | undefined };
    this.running = running;
    try {
      const client = this.client(request);
      listen({ ...looking, name: client.reference.name });
      const model = await lookUp(client, abort.signal);
      running.key = keyOf(model);
      return await this.keep(client, model, abort.signal, listen);
    } catch (error) {
      // However an aborted request ends, the person asked for it.
      throw abort.signal.aborted ? cancelled() : error;
    } finally {
      this.running = undefined;
    }
  }

  cancel(): void {
    this.running?.abort.abort(cancelled());
  }

  async stored(): Promise<readonly StoredModel[]> {
    return this.shelf.list();
  }

  async remove(key: string): Promise<void> {
    if (this.running?.key === key) {
      const message = 'This model is just being downloaded. Cancel the download before you delete it.';
      throw new StudioError('hub-downloading', message, { key });
    }
    await this.shelf.remove(key);
  }

  /** The files of a stored model, read where they are when they are needed. */
  async files(key: string): Promise<File[]> {
    return this.shelf.files(key);
  }

  /** Where a stored model was fetched from, and under which terms. */
  async origin(key: string): Promise<ModelOrigin | undefined> {
    const model = (await this.shelf.list()).find((stored) => stored.key === key)?.model;
    return model && { repository: model.name, commit: model.commit, licence: model.licence, stated: 'hub' };
  }

  private client(request: HubRequest): HubClient {
    return new HubClient(readReference(request), this.options);
  }

  private async keep(
    client: HubClient,
    model: HubModel,
    signal: AbortSignal,
    listen: (progress: DownloadProgress) => void,
  ): Promise<StoredModel> {
    let progress: Progress | undefined;
    try {
      const part = await this.shelf.open(model, this.options.now());
      const there = await Promise.all(model.files.map((file) => part.has(file)));
      progress = new Progress(model, there, this.options.now, listen);
      for (const [i, file] of model.files.entries()) {
        const tell = progress.of(file, i);
        const wanted = { commit: model.commit, file, signal };
        if (!there[i]?.whole) await part.fill(file, (handle) => transfer(client, wanted, handle, tell));
      }
      const date = this.options.now();
      await part.seal(date);
      return { key: part.key, model, whole: true, stored: model.bytes, date };
    } catch (error) {
      const full = exceptionName(error) === 'QuotaExceededError';
      throw full ? await this.noRoom(model, progress?.left() ?? model.bytes) : error;
    } finally {
      progress?.end();
    }
  }

  /** Says what could make room: the page may not know how much there is. */
  private async noRoom({ name }: HubModel, left: number): Promise<StudioError> {
    const others = (await this.shelf.list()).filter(({ model }) => model.name !== name);
    const stored = others.map(({ model, stored }) => `${model.name} (${gigabytes(stored)})`).join(', ') || '–';
    const missing = gigabytes(left);
    const message =
      `The browser has no room for the ${missing} that are still missing of ${name}. Free space on the disk, ` +
      `or delete stored models: ${stored}. What has come is kept.`;
    return new StudioError('hub-quota', message, { name, missing, stored });
  }
}

const looking: DownloadProgress = {
  ...{ state: 'looking', key: undefined, name: '', file: undefined, done: 0, total: 0, bytesPerSecond: undefined },
};

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 3 : 1)} GiB`;
}
