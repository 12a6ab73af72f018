/** What a Hub's refusals mean for a push, in sentences. Neither the token nor a signed address is in any of them. */
import { bodyWithin, MOST } from '../../bounded';
import { StudioError, shorten } from '../../studioError';
import { PassingError } from '../refusals';

/** What was asked for when it was refused; `store` is where large files go. */
export type Asked = 'account' | 'create' | 'commit' | 'other' | 'store';

/** Where a push goes. */
export interface Target {
  readonly endpoint: string;
  readonly name: string;
  readonly token: string;
}

/** The address that a file was to be sent to no longer holds: the Hub gives another. */
export class StaleAddress extends StudioError {}

/** A server that asks for more is not waited for, milliseconds. */
const longestPause = 10 * 60_000;

/** For an answer that is not `ok`. */
export async function pushRefusal(response: Response, asked: Asked, target: Target): Promise<StudioError> {
  const { status } = response;
  const { endpoint, name } = target;
  const [owner = ''] = name.split('/');
  const reason = await saidBy(response, target);
  const detail = { endpoint, name, owner, status, reason, page: `${endpoint}/settings/tokens` };
  if (status === 429) return tooMany(response, detail);
  if (status >= 500 || status === 408) {
    const message = `${endpoint} has trouble: it answered ${status}. What has arrived is kept: push again later.`;
    return new PassingError('push-server', message, detail);
  }
  if (asked === 'store') {
    const message = `The store of ${endpoint} refused a file with ${status}: ${reason}. Push again.`;
    return new StaleAddress('push-store', message, detail);
  }
  if (status === 401) {
    const message = `${endpoint} does not accept the token: it may be mistyped, expired or revoked. Make one of the kind “Write” at ${detail.page}.`;
    return new StudioError('push-token-refused', message, detail);
  }
  if (status === 403) {
    const message = `The token may not write to ${owner} at ${endpoint} (${reason}). It takes one of the kind “Write”, or a fine-grained one that may write to repositories of ${owner}: ${detail.page}.`;
    return new StudioError('push-forbidden', message, detail);
  }
  if (status === 413) {
    const message = `${endpoint} takes no request of this size (413): ${reason}. Larger files than that cannot be pushed there.`;
    return new StudioError('push-too-large', message, detail);
  }
  if (asked === 'create' && status === 409) {
    const message = `The name ${name} is taken at ${endpoint}. Choose another.`;
    return new StudioError('push-taken', message, detail);
  }
  if (asked === 'commit' && (status === 409 || status === 412)) {
    const message = `${name} was changed by somebody else meanwhile. Push again: what has arrived is not sent again.`;
    return new StudioError('push-meanwhile', message, detail);
  }
  return new StudioError('push-refused', `${endpoint} refused the push with ${status}: ${reason}.`, detail);
}

function tooMany({ headers }: Response, detail: StudioError['detail']): StudioError {
  const after = headers.get('retry-after') ?? '';
  const pause = /^\d+$/.test(after) ? Number(after) * 1000 : Math.max(0, Date.parse(after) - Date.now()) || 0;
  const message = `${detail.endpoint} asks for patience (429). Push again in some minutes: what has arrived is kept.`;
  if (pause > longestPause) return new StudioError('push-too-many-requests', message, detail);
  return new PassingError('push-too-many-requests', message, detail, pause);
}

/** What the server says about it, where it says something that a person can read. */
async function saidBy(response: Response, target: Target): Promise<string> {
  const text = (await bodyWithin(response, MOST.card).catch(() => '')) ?? '';
  let said = '';
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) {
      if ('error' in json && typeof json.error === 'string') said = json.error;
      else if ('message' in json && typeof json.message === 'string') said = json.message;
    }
  } catch {
    // A page of HTML, or the XML of a store: of no use to a person.
  }
  return harmless(said, target) || `HTTP ${response.status}`;
}

/** Text from elsewhere as it may be shown: short, without the token and without what addresses carry in their query. */
export function harmless(text: string, { token }: Target): string {
  const clean = text.replaceAll(token, '…').replace(/(https?:\/\/[^\s?]+)\?\S*/g, '$1');
  // Cut before the dots are looked for: of a long row of them every one would be a beginning.
  return shorten(
    clean
      .trim()
      .slice(0, 1000)
      .replace(/[.\s]+$/, ''),
  );
}

/** No answer at all, or none to the end. */
export function brokenOff({ endpoint }: Target, error: unknown): PassingError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The connection to ${endpoint} broke (${reason}). What has arrived is kept: push again when the network is back.`;
  return new PassingError('push-cut-off', message, { endpoint, reason });
}

export function unreadable(path: string): StudioError {
  const message = `${path} can no longer be read: it was changed, moved or deleted. Choose the folder again.`;
  return new StudioError('push-file-unreadable', message, { path });
}

export function stopped(): StudioError {
  return new StudioError('push-cancelled', 'The push was stopped. What has arrived is not sent again.');
}
