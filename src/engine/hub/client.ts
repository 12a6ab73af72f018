/**
 * Requests to one Hub. The token goes to the Hub's own address only: where a file lies elsewhere the Hub redirects, and
 * `fetch` leaves the token out on the way to another origin.
 */
import { bodyWithin, MOST, parseJson } from '../bounded';
import { indexFile } from '../formats/layout';
import { StudioError } from '../studioError';
import { Patience, type Waiting } from './patience';
import type { Reference } from './reference';
import { damaged, refusal, tooLarge, unreachable } from './refusals';

export interface HubOptions extends Waiting {
  readonly fetch: typeof fetch;
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly stall: number;
  readonly now: () => number;
}

export interface Opened {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Where in the file the body begins: 0 when the server ignored the range. */
  readonly start: number;
}

export class HubClient {
  readonly reference: Reference;
  readonly options: HubOptions;

  constructor(reference: Reference, options: HubOptions) {
    this.reference = reference;
    this.options = options;
  }

  /** What the Hub knows of the model at this revision, with the size and checksum of every file. */
  async model(signal: AbortSignal): Promise<unknown> {
    const { name, revision } = this.reference;
    const text = await this.text(
      `/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`,
      undefined,
      signal,
    );
    return this.parse(text, undefined);
  }

  /** A small file of the commit as text. */
  async file(commit: string, path: string, signal: AbortSignal): Promise<string> {
    return this.text(this.address(commit, path), path, signal);
  }

  /** The bytes [from, to) of a file. Throws a `PassingError` where another try may help. */
  async open(commit: string, path: string, from: number, to: number, signal: AbortSignal): Promise<Opened> {
    // A closed range needs no leave from the server, not even from the one that it is redirected to.
    const response = await this.get(this.address(commit, path), signal, { Range: `bytes=${from}-${to - 1}` });
    if (!response.ok || !response.body) throw refusal(response, this.reference, path);
    return { body: response.body, start: response.status === 206 ? this.start(response, path, from, to) : 0 };
  }

  /** Where a part begins; where the page may read the header, it must be the part that was asked for. */
  private start({ headers }: Response, path: string, from: number, to: number): number {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
    if (start !== undefined && (Number(start) > from || Number(total) !== to)) throw damaged(path);
    return Number(start ?? from);
  }

  parse(text: string, file: string | undefined): unknown {
    try {
      return parseJson(text);
    } catch {
      const what = file ?? 'its description of the model';
      const message = `${this.reference.endpoint} sent ${what} as something else than JSON: is this the address of a Hub?`;
      throw new StudioError('hub-not-json', message, { endpoint: this.reference.endpoint, file: what });
    }
  }

  private address(commit: string, path: string): string {
    return `/${this.reference.name}/resolve/${commit}/${encodeURIComponent(path)}`;
  }

  private async text(address: string, file: string | undefined, signal: AbortSignal): Promise<string> {
    const patience = new Patience(this.options, signal);
    for (;;) {
      try {
        const response = await this.get(address, signal, {});
        if (!response.ok) throw refusal(response, this.reference, file);
        const most = file === undefined || file.endsWith(indexFile) ? MOST.index : MOST.card;
        const text = await bodyWithin(response, most).catch((error: unknown) => {
          throw unreachable(this.reference.endpoint, error);
        });
        if (text === undefined) throw tooLarge(this.reference.endpoint, file, most);
        return text;
      } catch (error) {
        await patience.after(error);
      }
    }
  }

  private async get(address: string, signal: AbortSignal, headers: Record<string, string>): Promise<Response> {
    const { endpoint, token } = this.reference;
    const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    try {
      return await this.options.fetch(endpoint + address, {
        headers: { ...headers, ...authorization },
        signal,
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      });
    } catch (error) {
      // A connection that was given up says why itself.
      throw signal.reason instanceof StudioError ? signal.reason : unreachable(endpoint, error);
    }
  }
}
