/** Folders to a Hub, one at a time: what the engine's door opens to. */
import { StudioError } from '../../studioError';
import { waitFor } from '../patience';
import { type Reference, readReference } from '../reference';
import type { Licence } from '../types';
import { type Card, checkLicence, readCard } from './card';
import { filesOf } from './files';
import { Journey } from './journey';
import type { PushOptions } from './line';
import { Meter } from './meter';
import { nameProblem } from './name';
import { Parts } from './parts';
import { stopped } from './refusals';
import { send } from './send';
import type { BaseModel, Pushed, PushFolder, PushPreview, PushProgress, PushRequest } from './types';

const inBrowser: PushOptions = {
  fetch: (address, init) => fetch(address, init),
  send,
  wait: waitFor,
  stall: 60_000,
  now: () => Date.now(),
};

export class Pusher {
  private readonly licences: (base: string) => Promise<Licence | undefined>;
  private readonly options: PushOptions;
  /** By server and repository. */
  private readonly parts = new Map<string, Parts>();
  private running: AbortController | undefined;

  /** `licences` gives the licence of a model that others are made from, where it is known. */
  constructor(licences: (base: string) => Promise<Licence | undefined>, options: Partial<PushOptions> = {}) {
    this.licences = licences;
    this.options = { ...inBrowser, ...options };
  }

  /** What would be pushed. Throws a StudioError as `push` does about the folder. */
  async inspect(folder: PushFolder): Promise<PushPreview> {
    const files = await filesOf(folder);
    const card = await readCard(files);
    const bases = await this.basesOf(card);
    checkLicence(card, bases);
    const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
    return { files: files.length, bytes, licence: card.licence, bases };
  }

  /**
   * Makes the repository, sends what it lacks, and commits. Rejects with a StudioError whose code begins with `push-` or
   * `hub-`; `push-exists` asks for the person's agreement. What has arrived is not sent again by the next push.
   */
  async push(request: PushRequest, listen: (progress: PushProgress) => void): Promise<Pushed> {
    if (this.running) throw new StudioError('push-busy', 'A folder is already being pushed. Wait, or stop it.');
    const abort = new AbortController();
    this.running = abort;
    const meter = new Meter(this.options.now, listen);
    try {
      const reference = referenceOf(request);
      const files = await filesOf(request.folder);
      const card = await readCard(files);
      checkLicence(card, await this.basesOf(card));
      const parts = this.partsOf(reference);
      return await new Journey(reference, this.options, abort.signal, parts, meter).run(files, request);
    } catch (error) {
      // However an aborted request ends, the person asked for it.
      throw abort.signal.aborted ? stopped() : error;
    } finally {
      meter.end();
      this.running = undefined;
    }
  }

  cancel(): void {
    this.running?.abort(stopped());
  }

  private async basesOf({ bases }: Card): Promise<readonly BaseModel[]> {
    return Promise.all(bases.map(async (name) => ({ name, licence: await this.licences(name) })));
  }

  private partsOf({ endpoint, name }: Reference): Parts {
    const key = `${endpoint}/${name}`;
    const parts = this.parts.get(key) ?? new Parts();
    this.parts.set(key, parts);
    return parts;
  }
}

/** Throws a StudioError: `push-name`, `push-no-token`, `hub-endpoint`, `hub-token`, `hub-token-insecure`. */
function referenceOf(request: PushRequest): Reference & { readonly token: string } {
  const repository = request.repository.trim();
  const problem = nameProblem(repository);
  if (problem) {
    const message = `"${repository}" cannot be the name of a repository. It is owner/name: letters, digits, "-", "_" and ".", 96 at most.`;
    throw new StudioError('push-name', message, { name: repository, problem });
  }
  const reference = readReference({ ...request, model: repository, revision: '' });
  const { token, endpoint } = reference;
  if (token !== undefined) return { ...reference, token };
  const page = `${endpoint}/settings/tokens`;
  const message = `A push takes an access token of ${endpoint} of the kind “Write”. You make one at ${page}.`;
  throw new StudioError('push-no-token', message, { endpoint, page });
}
