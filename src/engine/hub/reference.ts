/** What a person typed, read into a server, a name and a revision; and whether the token belongs to that server. */
import { StudioError } from '../studioError';
import type { HubRequest } from './types';

export interface Reference {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly name: string;
  readonly revision: string;
  /** Only where the token was entered for this very endpoint. */
  readonly token: string | undefined;
}

/** Pages here name a model that every mirror has under the same name. */
const original = new Set(['https://huggingface.co', 'https://hf.co']);
const otherThanModels = new Set(['datasets', 'spaces', 'api', 'docs', 'collections', 'papers']);

/** Throws a StudioError: `hub-endpoint`, `hub-name`, `hub-revision`, `hub-token`, `hub-token-insecure`. */
export function readReference(request: HubRequest): Reference {
  const chosen = readEndpoint(request.endpoint);
  const text = request.model.trim();
  const page = /^https?:\/\//i.test(text) ? readPage(text, chosen) : undefined;
  const name = page?.name ?? text;
  if (!isName(name)) throw badName(text);
  const endpoint = page?.endpoint ?? chosen;
  const revision = page?.revision ?? (request.revision.trim() || 'main');
  if (!/^[\w.+@/-]{1,200}$/.test(revision) || revision.includes('..')) {
    const message = `"${revision}" cannot be a revision: it is the name of a branch, a tag or a commit.`;
    throw new StudioError('hub-revision', message, { revision });
  }
  return { endpoint, name, revision, token: tokenFor(endpoint, request) };
}

/** https, or http on this computer or in a local network; a path is kept, what else an address may hold is refused. */
export function readEndpoint(text: string): string {
  const url = parse(text.trim());
  const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (plain) return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const message = `"${text}" is not the address of a Hub. It looks like https://huggingface.co.`;
  throw new StudioError('hub-endpoint', message, { endpoint: text });
}

function readPage(text: string, chosen: string): { endpoint: string; name: string; revision: string | undefined } {
  const url = parse(text);
  if (!url || url.username || url.password) throw badName(text);
  const address = `${url.origin}${url.pathname}`;
  const prefix = address.startsWith(`${chosen}/`) ? chosen : url.origin;
  const parts = address.slice(prefix.length).split('/').filter(Boolean).map(decoded);
  const fork = parts.findIndex((part) => ['tree', 'blob', 'resolve', 'commit'].includes(part));
  const name = (fork < 0 ? parts : parts.slice(0, fork)).join('/');
  if (otherThanModels.has(parts[0] ?? '')) throw badName(text);
  return { endpoint: original.has(prefix) ? chosen : prefix, name, revision: fork < 0 ? undefined : parts[fork + 1] };
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function isName(name: string): boolean {
  return /^[\w.-]+(\/[\w.-]+)?$/.test(name) && !name.split('/').some((part) => /^\.+$/.test(part));
}

function badName(text: string): StudioError {
  const message = `"${text}" does not name a model. Enter owner/name, for example Qwen/Qwen2.5-0.5B-Instruct, or the address of its page.`;
  return new StudioError('hub-name', message, { name: text });
}

/** The sentences never repeat the token. */
function tokenFor(endpoint: string, { token }: HubRequest): string | undefined {
  const value = token?.value.trim();
  if (!token || !value || readEndpoint(token.endpoint) !== endpoint) return undefined;
  // The browser would quote a header that it refuses, and with it the token.
  if (!/^[\x21-\x7e]+$/.test(value)) {
    const message = 'The token holds characters that no token has. Copy it again.';
    throw new StudioError('hub-token', message);
  }
  const { protocol, hostname } = new URL(endpoint);
  // A name may begin with 127. too.
  if (protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname))
    return value;
  const message = `A token is not sent to ${endpoint}: on the way it could be read by others. Use an https address.`;
  throw new StudioError('hub-token-insecure', message, { endpoint });
}
