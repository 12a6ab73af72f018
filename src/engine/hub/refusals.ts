/** What a Hub's refusals mean, in sentences. A token is in none of them. */
import { StudioError } from '../studioError';
import type { Reference } from './reference';

/** Might go away by itself: worth another try. */
export class PassingError extends StudioError {
  /** Milliseconds that the server asks for before it. */
  readonly pause: number;

  constructor(code: string, message: string, detail: StudioError['detail'], pause = 0) {
    super(code, message, detail);
    this.pause = pause;
  }
}

/** `file` is what was asked for, if it was a file. */
export function refusal(response: Response, reference: Reference, file: string | undefined): StudioError {
  const { name, revision, endpoint, token } = reference;
  const { status } = response;
  const detail = { name, revision, endpoint, status, page: `${endpoint}/${name}`, file: file ?? '' };
  const said = (code: string, message: string) => new StudioError(code, message, detail);
  const passing = (code: string, message: string) => new PassingError(code, message, detail);
  if (status === 429) return passing('hub-too-many', `${endpoint} asks for patience (429). Wait some minutes.`);
  if (status >= 500 || status === 408) return passing('hub-server', `${endpoint} has trouble: it answered ${status}.`);
  // The Hub says more than the status where a page may read it.
  const code = response.headers.get('x-error-code');
  if (code === 'RevisionNotFound')
    return said('hub-no-revision', `${name} at ${endpoint} has no revision ${revision}.`);
  if (status === 403 || code === 'GatedRepo') return gated(said, reference);
  if (status === 401 && token)
    return said(
      'hub-token-refused',
      `${endpoint} does not accept the token for ${name}: it may be mistyped or expired.`,
    );
  if (status === 401) {
    const message = `${endpoint} shows no model ${name} without a token. Check the name; if it is gated, accept its licence at ${detail.page} and enter a token.`;
    return said('hub-no-model-or-gated', message);
  }
  if (status === 404 && file) return said('hub-no-file', `${name} at ${endpoint} has no ${file} in ${revision}.`);
  if (status === 404) {
    const message = `There is no model ${name} with a revision ${revision} at ${endpoint}. Check name and revision.`;
    return said('hub-not-found', message);
  }
  return said('hub-answer', `${endpoint} answered ${status}, which the studio does not understand.`);
}

function gated(
  said: (code: string, message: string) => StudioError,
  { name, endpoint, token }: Reference,
): StudioError {
  const page = `${endpoint}/${name}`;
  if (!token)
    return said('hub-gated', `${name} is gated: accept its licence at ${page}, then enter a token of that account.`);
  const message = `The token may not read ${name}: accept the licence at ${page} with the same account, and let the token read gated models.`;
  return said('hub-forbidden', message);
}

/** No answer at all: no network, a wrong address, or a server that does not let pages in. */
export function unreachable(endpoint: string, error: unknown): PassingError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${endpoint} could not be reached (${reason}). Check the network and the address; in some regions only a mirror can be reached.`;
  return new PassingError('hub-unreachable', message, { endpoint, reason });
}

export function cutOff(endpoint: string, file: string): PassingError {
  const message = `The connection to ${endpoint} broke while ${file} was coming. What has come is kept: download again to go on from there.`;
  return new PassingError('hub-cut-off', message, { endpoint, file });
}

export function tooLarge(endpoint: string, file: string | undefined, most: number): StudioError {
  const what = file ?? 'its description of the model';
  const megabytes = (most / 1e6).toFixed(0);
  const message = `${endpoint} sends more than ${megabytes} MB as ${what}: is this the address of a Hub?`;
  return new StudioError('hub-too-large', message, { endpoint, file: what, megabytes });
}

export function damaged(file: string): StudioError {
  const message = `What came as ${file} is not what the Hub lists: size or checksum differ. It was thrown away; download it again.`;
  return new StudioError('hub-file-damaged', message, { file });
}

export function cancelled(): StudioError {
  return new StudioError('hub-cancelled', 'The download was cancelled. What has come is kept.');
}
