/** One push from its first question to its commit. The Hub's library is loaded only for it. */
import { StudioError } from '../../studioError';
import { HubClient } from '../client';
import type { Reference } from '../reference';
import { checkAccount } from './account';
import { checkReadable } from './files';
import { Line, type PushOptions } from './line';
import type { Meter } from './meter';
import type { Parts } from './parts';
import { inPieces } from './pieces';
import { harmless, StaleAddress, type Target } from './refusals';
import { differing, type Found, lookUpRepository } from './there';
import type { Pushed, PushFile, PushRequest, Visibility } from './types';

type Library = typeof import('@huggingface/hub');

/** What the library is given for a token: it checks the first letters, and the line puts the real one in. */
const stand = 'hf_';

/** New addresses for files are asked for so often. */
const most = 3;

export class Journey {
  private readonly target: Target;
  private readonly client: HubClient;
  private readonly options: PushOptions;
  private readonly signal: AbortSignal;
  private readonly parts: Parts;
  private readonly meter: Meter;

  constructor(
    reference: Reference & { readonly token: string },
    options: PushOptions,
    signal: AbortSignal,
    parts: Parts,
    meter: Meter,
  ) {
    this.target = reference;
    this.client = new HubClient(reference, options);
    this.options = options;
    this.signal = signal;
    this.parts = parts;
    this.meter = meter;
  }

  async run(files: readonly PushFile[], request: PushRequest): Promise<Pushed> {
    try {
      return await this.pushed(files, request);
    } catch (error) {
      this.signal.throwIfAborted();
      // A file that is gone looks like an answer that nobody understands.
      if (!(error instanceof StudioError) || error.code === 'push-answer')
        for (const file of files) await checkReadable(file);
      throw error;
    }
  }

  private async pushed(files: readonly PushFile[], request: PushRequest): Promise<Pushed> {
    const library = await import('@huggingface/hub');
    await this.ask(async (line) => {
      const asked = { accessToken: stand, hubUrl: this.target.endpoint, fetch: line.fetch };
      checkAccount(await library.whoAmI(asked), this.target);
    });
    const found = await this.repository(library, request);
    const missing = await differing(files, found, this.meter, this.signal);
    const commit = missing.length > 0 ? await this.commit(library, missing, request.message) : undefined;
    const { endpoint, name } = this.target;
    const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
    const { visibility } = found;
    const counts = { files: files.length, bytes, sent: this.meter.sent };
    return { repository: name, address: `${endpoint}/${name}`, visibility, commit, ...counts };
  }

  /** The one that is there, where the person has agreed to it as it is, or a new one. */
  private async repository(library: Library, { visibility, existing }: PushRequest): Promise<Found> {
    const there = await lookUpRepository(this.client, this.signal);
    if (there && there.visibility !== existing) throw this.exists(there.visibility);
    if (there) return there;
    await this.ask((line) => {
      const { endpoint, name } = this.target;
      return library.createRepo({ repo: name, visibility, accessToken: stand, hubUrl: endpoint, fetch: line.fetch });
    });
    const made = await lookUpRepository(this.client, this.signal);
    if (made?.visibility === visibility || (made && visibility === 'public')) return made;
    const { name, endpoint } = this.target;
    const message = `${endpoint} made ${name}, but not as a private repository. Nothing was sent: look at it there, or delete it.`;
    throw new StudioError('push-not-private', message, { name, endpoint });
  }

  private exists(visibility: Visibility): StudioError {
    const { name, endpoint } = this.target;
    const message = `${name} is there already, and it is ${visibility}. Agree to push into it, or choose another name.`;
    return new StudioError('push-exists', message, { name, visibility, page: `${endpoint}/${name}` });
  }

  private async commit(library: Library, files: readonly PushFile[], title: string): Promise<string> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.ask((line, stop) => this.committed(library, files, title, line, stop));
      } catch (error) {
        if (!(error instanceof StaleAddress) || tries === most) throw error;
        this.parts.forget();
      }
    }
  }

  private async committed(
    library: Library,
    files: readonly PushFile[],
    title: string,
    line: Line,
    abortSignal: AbortSignal,
  ): Promise<string> {
    const { endpoint, name } = this.target;
    const operations = files.map(({ path, file }) => ({
      operation: 'addOrUpdate' as const,
      path,
      content: inPieces(file),
    }));
    const events = library.commitIter({
      ...{ repo: name, operations, title, accessToken: stand, hubUrl: endpoint, fetch: line.fetch, abortSignal },
      // Xet speaks with a second server that mirrors do not have; and hashing is in a worker already.
      ...{ useXet: false, useWebWorkers: false },
    });
    const large = new Map<string, PushFile>();
    for (;;) {
      const { done, value } = await events.next();
      if (done) return this.ended(files, large, value?.commit.oid ?? '');
      if (value.event === 'phase') {
        if (value.phase === 'committing') this.meter.phase('committing', []);
        continue;
      }
      const file = files.find(({ path }) => path === value.path);
      if (!file || value.state === 'error') continue;
      if (value.state === 'hashing') large.set(file.path, file);
      if (value.state === 'hashing') this.meter.phase('hashing', files);
      else this.meter.phase('uploading', [...large.values()]);
      // What was there already is told as through at once; what goes over the line is counted there.
      if (value.state === 'hashing' || value.progress === 1) this.meter.at(file.path, file.file.size * value.progress);
    }
  }

  /** Small files went with the commit. */
  private ended(files: readonly PushFile[], large: ReadonlyMap<string, PushFile>, commit: string): string {
    for (const { path, file } of files) if (!large.has(path)) this.meter.sent += file.size;
    return commit;
  }

  /** One dealing of the library with the Hub. Whatever the library makes of an error, the line's own sentence is told. */
  private async ask<T>(work: (line: Line, stop: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const line = new Line(this.target, this.options, this.signal, this.parts, this.meter);
    const [given, broken] = [work(line, stop.signal), line.broken];
    given.catch(() => {});
    try {
      return await Promise.race([given, broken]);
    } catch (error) {
      this.signal.throwIfAborted();
      throw error instanceof StudioError ? error : this.unknown(error);
    } finally {
      stop.abort();
    }
  }

  private unknown(error: unknown): StudioError {
    const { endpoint } = this.target;
    const reason = harmless(error instanceof Error ? error.message : String(error), this.target);
    const message = `${endpoint} answered as a Hub does not, and the push cannot go on (${reason}).`;
    return new StudioError('push-answer', message, { endpoint, reason });
  }
}
