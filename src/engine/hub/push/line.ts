/**
 * The `fetch` that the Hub's library is given: it puts the token in, which the library never sees, and only for the Hub's
 * own address; it tries again with patience what may pass; and it counts the bytes that go to the store.
 */
import { bodyWithin, MOST } from '../../bounded';
import { StudioError } from '../../studioError';
import type { HubOptions } from '../client';
import { Patience } from '../patience';
import { watchLine } from '../watchLine';
import { checkReadable } from './files';
import type { Meter } from './meter';
import type { Parts } from './parts';
import { type Asked, brokenOff, pushRefusal, type Target } from './refusals';
import type { Send } from './send';

export interface PushOptions extends HubOptions {
  readonly send: Send;
}

/** What the library says beside a request with a file. */
interface Hinted extends RequestInit {
  readonly progressHint?: { readonly path?: string };
}

/** A Hub that writes a commit is silent for longer than a line that sends: so many times as long. */
const writing = 5;

export class Line {
  /** Rejects with the first sentence that ended something, or with the signal's reason: the library may lose both. */
  readonly broken: Promise<never>;
  private readonly target: Target;
  private readonly options: PushOptions;
  private readonly signal: AbortSignal;
  private readonly parts: Parts;
  private readonly meter: Meter;
  private fail: (error: unknown) => void = () => {};

  constructor(target: Target, options: PushOptions, signal: AbortSignal, parts: Parts, meter: Meter) {
    this.target = target;
    this.options = options;
    this.signal = signal;
    this.parts = parts;
    this.meter = meter;
    this.broken = new Promise((_, reject) => {
      this.fail = reject;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    this.broken.catch(() => {});
  }

  readonly fetch = async (input: RequestInfo | URL, init: Hinted = {}): Promise<Response> => {
    const [address, signal] = [String(input), init.signal ?? this.signal];
    const patience = new Patience(this.options, signal);
    for (;;) {
      try {
        return await this.once(address, init, signal);
      } catch (error) {
        await this.meter
          .wait(() => patience.after(error))
          .catch((final: unknown) => {
            // What the library itself gave up is no reason.
            if (!signal.aborted) this.fail(final);
            throw final;
          });
      }
    }
  };

  private async once(address: string, init: Hinted, signal: AbortSignal): Promise<Response> {
    const { body, progressHint } = init;
    if (init.method === 'PUT' && body instanceof Blob) return this.put(address, body, progressHint?.path ?? '', signal);
    const response = await this.ask(address, init, signal);
    if (!response.ok) throw await pushRefusal(response, this.askedFor(address), this.target);
    return address.endsWith('/info/lfs/objects/batch') ? this.parts.goOn(response) : response;
  }

  private async ask(address: string, init: Hinted, signal: AbortSignal): Promise<Response> {
    const headers = new Headers(init.headers);
    // Where the library has a word in the token's place; to another server none goes.
    const named = headers.has('authorization');
    headers.delete('authorization');
    if (named && this.isHub(address)) headers.set('authorization', `Bearer ${this.target.token}`);
    const line = watchLine(signal, this.options.stall * writing, () => brokenOff(this.target, 'no answer'));
    try {
      const asked = { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' } as const;
      const { progressHint: _, ...rest } = init;
      return await whole(await this.options.fetch(address, { ...rest, ...asked, headers, signal: line.signal }));
    } catch (error) {
      throw this.reasonOf(error, line.signal, signal);
    } finally {
      line.end();
    }
  }

  private async put(address: string, body: Blob, path: string, signal: AbortSignal): Promise<Response> {
    const before = this.parts.tagOf(address);
    if (before !== undefined) {
      this.meter.add(path, body.size);
      return new Response(null, { headers: { etag: before } });
    }
    const response = await this.sent(address, body, path, signal);
    const tag = response.headers.get('etag');
    if (tag) this.parts.arrived(address, tag);
    this.meter.sent += body.size;
    return response;
  }

  private async sent(address: string, body: Blob, path: string, signal: AbortSignal): Promise<Response> {
    const line = watchLine(signal, this.options.stall, () => brokenOff(this.target, 'nothing went any more'));
    let gone = 0;
    const count = (bytes: number): void => {
      line.alive();
      this.meter.add(path, bytes - gone);
      gone = bytes;
    };
    try {
      const response = await this.options.send(address, body, new Headers(), line.signal, count);
      if (!response.ok) throw await pushRefusal(response, 'store', this.target);
      count(body.size);
      return response;
    } catch (error) {
      this.meter.add(path, -gone);
      // A file that is gone looks like a line that broke.
      if (!(error instanceof StudioError) && !signal.aborted) await checkReadable({ path, file: body });
      throw this.reasonOf(error, line.signal, signal);
    } finally {
      line.end();
    }
  }

  /** Why a request ended: the person's stop, silence, what the Hub said, or a line that broke. */
  private reasonOf(error: unknown, line: AbortSignal, outer: AbortSignal): unknown {
    if (outer.aborted) return outer.reason;
    if (error instanceof StudioError) return error;
    return line.reason instanceof StudioError ? line.reason : brokenOff(this.target, error);
  }

  private isHub(address: string): boolean {
    return address.startsWith(`${this.target.endpoint}/`);
  }

  private askedFor(address: string): Asked {
    if (!this.isHub(address) || this.parts.endsAt(address)) return 'store';
    const path = address.slice(this.target.endpoint.length);
    if (path === '/api/whoami-v2') return 'account';
    if (path === '/api/repos/create') return 'create';
    return path.includes('/commit/') ? 'commit' : 'other';
  }
}

/** Read to its end, so that a line that breaks in the middle is another try and not an error of the library. */
async function whole(response: Response): Promise<Response> {
  const { status, statusText, headers } = response;
  return new Response((await bodyWithin(response, MOST.index)) || null, { status, statusText, headers });
}
