/**
 * A small server that behaves like the Hub: the API's listing, small files, and large ones by a redirect to another
 * origin. It notes every request, and misbehaves when it is told to. Nothing is answered to `OPTIONS` on the second
 * origin, as on a store that knows no preflight.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly server: 'hub' | 'store';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface FakeModel {
  readonly files: Readonly<Record<string, Buffer | string>>;
  readonly card?: Readonly<Record<string, unknown>>;
  /** Only for who brings this token. */
  readonly gated?: string;
}

export interface FakeHub {
  readonly endpoint: string;
  readonly storeOrigin: string;
  readonly asked: Asked[];
  readonly models: Map<string, FakeModel>;
  /** How the next answers with a large file go wrong, in order; each is used once. */
  readonly trouble: Trouble[];
  /** False: every range is answered with the whole file. */
  ranges: boolean;
  /** False: no file's checksum is listed. */
  digests: boolean;
  /** Large answers stop here and wait, until `release`. */
  holdAt: number | undefined;
  release(): void;
  close(): Promise<void>;
}

export type Trouble =
  /** The connection breaks after so many bytes of the body. */
  | { readonly cutAfter: number }
  | { readonly status: number; readonly code?: string }
  /** Other bytes of the same length, as if the file had changed. */
  | { readonly otherBytes: true };

/** Larger files lie on the second origin. */
const largeFrom = 10_000;

export async function startFakeHub(): Promise<FakeHub> {
  const waiting: (() => void)[] = [];
  const hub: { -readonly [K in keyof FakeHub]: FakeHub[K] } = {
    ...{ endpoint: '', storeOrigin: '', asked: [], models: new Map(), trouble: [] },
    ...{ ranges: true, digests: true, holdAt: undefined },
    release: () => {
      hub.holdAt = undefined;
      for (const go of waiting.splice(0)) go();
    },
    close: async () => {},
  };
  const listen = async (
    server: Asked['server'],
    answer: (request: IncomingMessage, path: string, out: Out) => void,
  ) => {
    const http = createServer((request, response) => {
      const path = request.url ?? '/';
      const { range, authorization } = request.headers;
      hub.asked.push({ server, method: request.method ?? '', path, range, authorization });
      answer(request, path, new Out(response));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    return { origin: `http://127.0.0.1:${port}`, http };
  };
  const store = await listen('store', (request, path, out) => {
    const file = fileAt(hub, path);
    if (request.method !== 'GET') out.status(405);
    else if (!file) out.status(404);
    else sendLarge(hub, out, file, request.headers.range, (go) => waiting.push(go));
  });
  const front = await listen('hub', (request, path, out) => answerFront(hub, request, path, out));
  hub.endpoint = front.origin;
  hub.storeOrigin = store.origin;
  hub.close = async () => {
    for (const { http } of [front, store]) {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    }
  };
  return hub;
}

export function commitOf(model: FakeModel): string {
  const hash = createHash('sha1');
  for (const [path, content] of Object.entries(model.files)) hash.update(path).update(content);
  return hash.digest('hex');
}

/** One answer, open to every page. */
class Out {
  readonly response: ServerResponse;

  constructor(response: ServerResponse) {
    this.response = response;
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'X-Repo-Commit, X-Error-Code, ETag, Content-Range');
  }

  status(status: number, code?: string): void {
    if (code) this.response.setHeader('x-error-code', code);
    this.response.writeHead(status).end();
  }
}

function answerFront(hub: FakeHub, request: IncomingMessage, path: string, out: Out): void {
  const { response } = out;
  const answer = request.method === 'OPTIONS' ? { status: 204 } : front(hub, path, request.headers);
  if (request.method === 'OPTIONS') response.setHeader('access-control-allow-headers', 'authorization, range');
  if ('json' in answer) response.end(JSON.stringify(answer.json));
  else if ('bytes' in answer) sendRange(out, answer.bytes, request.headers.range);
  else {
    if (answer.location) response.setHeader('location', answer.location);
    out.status(answer.status, answer.code);
  }
}

type Answer =
  | { readonly status: number; readonly code?: string; readonly location?: string }
  | { readonly json: unknown }
  | { readonly bytes: Buffer };

/** Unknown models are hidden behind 401, as the Hub hides them from who brings no token. */
function front(hub: FakeHub, path: string, { authorization }: IncomingMessage['headers']): Answer {
  const [, api, name = '', revision = '', file = ''] =
    /^\/(?:(api)\/models\/)?(.+?)\/(?:revision|resolve)\/([^/?]+)(?:\/([^?]+))?/.exec(path) ?? [];
  const model = hub.models.get(name);
  if (!model) return { status: authorization ? 404 : 401, code: 'RepoNotFound' };
  if (authorization && authorization !== `Bearer ${model.gated ?? ''}`) return { status: 401 };
  const commit = commitOf(model);
  if (revision !== 'main' && revision !== commit) return { status: 404, code: 'RevisionNotFound' };
  if (api) return { json: listing(hub, model, commit) };
  if (model.gated && !authorization) return { status: 401, code: 'GatedRepo' };
  const content = model.files[decodeURIComponent(file)];
  if (content === undefined) return { status: 404, code: 'EntryNotFound' };
  const bytes = Buffer.from(content);
  if (bytes.length < largeFrom) return { bytes };
  return { status: 302, location: `${hub.storeOrigin}/${name}/resolve/${revision}/${file}?signature=1` };
}

function listing(hub: FakeHub, model: FakeModel, sha: string): unknown {
  const siblings = Object.entries(model.files).map(([rfilename, content]) => {
    const bytes = Buffer.from(content);
    const size = bytes.length;
    if (!hub.digests) return { rfilename, size };
    const git = createHash('sha1').update(`blob ${size}\0`).update(bytes).digest('hex');
    if (size < largeFrom) return { rfilename, size, blobId: git };
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { rfilename, size, blobId: '0'.repeat(40), lfs: { sha256, size, pointerSize: 134 } };
  });
  return { sha, gated: model.gated ? 'manual' : false, cardData: model.card, siblings };
}

function fileAt(hub: FakeHub, path: string): Buffer | undefined {
  const [, name = '', file = ''] = /^\/(.+?)\/resolve\/[^/]+\/([^?]+)/.exec(path) ?? [];
  const content = hub.models.get(name)?.files[decodeURIComponent(file)];
  return content === undefined ? undefined : Buffer.from(content);
}

function sendRange({ response }: Out, bytes: Buffer, range: string | undefined): void {
  const [from, body] = cut(response, bytes, range);
  response.writeHead(from === undefined ? 200 : 206, { 'content-length': body.length }).end(body);
}

function cut(response: ServerResponse, bytes: Buffer, range: string | undefined): [number | undefined, Buffer] {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (from === undefined || to === undefined) return [undefined, bytes];
  response.setHeader('content-range', `bytes ${from}-${to}/${bytes.length}`);
  return [Number(from), bytes.subarray(Number(from), Number(to) + 1)];
}

async function sendLarge(
  hub: FakeHub,
  out: Out,
  file: Buffer,
  range: string | undefined,
  hold: (go: () => void) => void,
): Promise<void> {
  const { response } = out;
  const trouble = hub.trouble.shift();
  if (trouble && 'status' in trouble) {
    out.status(trouble.status, trouble.code);
    return;
  }
  const bytes = trouble && 'otherBytes' in trouble ? Buffer.alloc(file.length, 7) : file;
  const [from = 0, body] = cut(response, bytes, hub.ranges ? range : undefined);
  response.writeHead(hub.ranges && range ? 206 : 200, { 'content-length': body.length });
  if (trouble && 'cutAfter' in trouble) {
    response.write(body.subarray(0, trouble.cutAfter), () => response.destroy());
    return;
  }
  const stop = Math.max(0, (hub.holdAt ?? Number.POSITIVE_INFINITY) - from);
  response.write(body.subarray(0, stop));
  if (stop < body.length) await new Promise<void>(hold);
  response.end(body.subarray(stop));
}
