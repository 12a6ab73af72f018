/**
 * The side of the Hub that takes models in, as `@huggingface/hub` and its documented API speak with it: whoami-v2,
 * repos/create, preupload, LFS batch with single and multipart uploads to a store of another origin, commit as NDJSON. It
 * counts every byte of a file that it receives, and misbehaves when it is told to.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, digest, FakeStore } from './fakePushStore';

export type Kind = 'whoami' | 'create' | 'listing' | 'preupload' | 'batch' | 'put' | 'complete' | 'commit';

/** The next request of this kind goes wrong; each is used once, in order. */
export interface Trouble {
  readonly on: Kind;
  readonly status?: number;
  readonly error?: string;
  readonly retryAfter?: string;
  /** The connection breaks after so many bytes of the request. */
  readonly cutAfter?: number;
  /** Works first, and the answer is lost. */
  readonly lost?: true;
}

export interface Account {
  readonly name: string;
  readonly orgs?: readonly { readonly name: string }[];
  readonly role?: string;
}

interface File {
  readonly bytes: Buffer;
  readonly lfs: boolean;
}

export interface Repository {
  private: boolean;
  readonly files: Map<string, File>;
  readonly commits: string[];
}

export interface PushAsked {
  readonly server: 'hub' | 'store';
  readonly kind: Kind | undefined;
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  body: string;
}

export class FakePushHub {
  endpoint = '';
  readonly store = new FakeStore();
  readonly accounts = new Map<string, Account>();
  readonly repositories = new Map<string, Repository>();
  readonly asked: PushAsked[] = [];
  readonly trouble: Trouble[] = [];
  /** Bytes of files that reached the store, those of requests that broke too. */
  received = 0;
  largeFrom = 10_000;
  /** False: as a server that has never heard of `visibility`. */
  knowsVisibility = true;
  /** When so many bytes of files have come in all, uploads stop and wait, until `release`. */
  holdAt: number | undefined;
  private readonly waiting: (() => void)[] = [];
  private readonly servers: ReturnType<typeof createServer>[] = [];

  async open(): Promise<this> {
    this.store.origin = await this.listen('store', (asked, body) => this.store.put(asked, body));
    this.endpoint = await this.listen('hub', (asked, body) => this.answerHub(asked, body));
    return this;
  }

  async close(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  release(): void {
    this.holdAt = undefined;
    for (const go of this.waiting.splice(0)) go();
  }

  /** The tree of a repository as text and bytes, without what the Hub itself adds. */
  tree(name: string): Record<string, Buffer> {
    const files = this.repositories.get(name)?.files ?? new Map<string, File>();
    return Object.fromEntries([...files].filter(([path]) => path !== '.gitattributes').map(([k, v]) => [k, v.bytes]));
  }

  make(name: string, files: Record<string, Buffer> = {}, hidden = true): Repository {
    const first = { '.gitattributes': Buffer.from('*.safetensors filter=lfs\n'), ...files };
    const entries = Object.entries(first).map(([path, bytes]): [string, File] => [
      path,
      { bytes, lfs: this.isLarge(path, bytes.length) },
    ]);
    const made = { private: hidden, files: new Map(entries), commits: ['initial commit'] };
    this.repositories.set(name, made);
    return made;
  }

  private async listen(
    server: PushAsked['server'],
    answer: (asked: PushAsked, body: Buffer) => Answer,
  ): Promise<string> {
    const http = createServer((request, response) => this.serve(server, request, response, answer));
    this.servers.push(http);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  private async serve(
    server: PushAsked['server'],
    request: IncomingMessage,
    response: ServerResponse,
    answer: (asked: PushAsked, body: Buffer) => Answer,
  ): Promise<void> {
    const [method, path] = [request.method ?? '', request.url ?? '/'];
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'ETag, X-Request-Id, X-Error-Code, Retry-After');
    if (method === 'OPTIONS') {
      response.setHeader('access-control-allow-methods', 'GET, POST, PUT');
      // Of what a page may send, a store knows the kind of content alone.
      response.setHeader(
        'access-control-allow-headers',
        server === 'hub' ? 'authorization, content-type' : 'content-type',
      );
      response.writeHead(204).end();
      return;
    }
    const kind = kindOf(server, path);
    const asked = { server, kind, method, path, authorization: request.headers.authorization, body: '' };
    this.asked.push(asked);
    const at = this.trouble.findIndex(({ on }) => on === kind);
    const [trouble] = at < 0 ? [] : this.trouble.splice(at, 1);
    const body = await this.read(request, kind === 'put', trouble?.cutAfter);
    if (!body) return;
    if (kind !== 'put') asked.body = body.toString();
    if (trouble?.retryAfter) response.setHeader('retry-after', trouble.retryAfter);
    const refused: Answer | undefined =
      trouble && !trouble.lost ? { status: trouble.status ?? 500, json: { error: trouble.error } } : undefined;
    const { status = 200, json, headers = {} } = refused ?? answer(asked, body);
    if (trouble?.lost) return void response.destroy();
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (json) response.setHeader('content-type', 'application/json');
    response.writeHead(status).end(json && JSON.stringify(json));
  }

  /** Undefined when the connection was broken. */
  private async read(request: IncomingMessage, file: boolean, cutAfter?: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const piece of request) {
        pieces.push(piece);
        bytes += piece.length;
        if (file) this.received += piece.length;
        if (cutAfter !== undefined && bytes >= cutAfter) return void request.destroy();
        if (file && this.received >= (this.holdAt ?? Number.POSITIVE_INFINITY))
          await new Promise<void>((go) => this.waiting.push(go));
      }
    } catch {
      return undefined;
    }
    return Buffer.concat(pieces);
  }

  private answerHub({ kind, path, method, authorization }: PushAsked, body: Buffer): Answer {
    if (kind === 'complete') return this.store.complete(path, JSON.parse(body.toString()));
    const account = this.accounts.get(authorization?.replace(/^Bearer /, '') ?? '');
    if (!account) return { status: 401, json: { error: 'Invalid credentials in Authorization header' } };
    if (kind === 'whoami') return { json: whoami(account) };
    if (kind === 'create') return this.create(account, JSON.parse(body.toString()));
    const name =
      /^(?:\/api\/models)?\/([^/]+\/[^/]+?)(?:\.git)?\/(revision|preupload|commit|info)\//.exec(path)?.[1] ?? '';
    const repository = this.repositories.get(name);
    if (!repository)
      return { status: 404, headers: { 'x-error-code': 'RepoNotFound' }, json: { error: 'Repository not found' } };
    if (kind === 'listing' && method === 'GET') return { json: this.listing(repository) };
    if (account.role === 'read') return { status: 403, json: { error: 'You need write access to this repo' } };
    if (kind === 'preupload') return { json: { files: this.preupload(JSON.parse(body.toString())) } };
    if (kind === 'batch') return { json: this.store.batch(JSON.parse(body.toString()), this.endpoint) };
    return kind === 'commit' ? this.commit(name, repository, body.toString()) : { status: 404 };
  }

  private create({ name: user, orgs = [] }: Account, asked: Record<string, string>): Answer {
    const name = `${asked.organization}/${asked.name}`;
    if (![user, ...orgs.map((org) => org.name)].includes(asked.organization ?? ''))
      return {
        status: 403,
        json: { error: `You don't have the rights to create a model under ${asked.organization}` },
      };
    if (this.repositories.has(name)) return { status: 409, json: { error: 'You already created this model repo' } };
    this.make(name, {}, this.knowsVisibility && asked.visibility === 'private');
    return { json: { url: `${this.endpoint}/${name}`, name, id: 'x' } };
  }

  private listing({ private: hidden, files, commits }: Repository): unknown {
    const siblings = [...files].map(([rfilename, { bytes, lfs }]) => {
      const size = bytes.length;
      const blobId = digest('sha1', `blob ${size}\0`, bytes);
      return {
        rfilename,
        size,
        blobId,
        ...(lfs && { lfs: { sha256: digest('sha256', bytes), size, pointerSize: 134 } }),
      };
    });
    return { sha: digest('sha1', commits.join()), private: hidden, siblings };
  }

  private isLarge(path: string, size: number): boolean {
    return size >= this.largeFrom || /\.(safetensors|onnx|gguf|onnx_data)$/.test(path);
  }

  private preupload({ files }: { files: { path: string; size: number; sample: string }[] }): unknown {
    return files.map(({ path, size }) => ({ path, uploadMode: this.isLarge(path, size) ? 'lfs' : 'regular' }));
  }

  private commit(name: string, repository: Repository, ndjson: string): Answer {
    const [header, ...operations] = ndjson.split('\n').map((line) => JSON.parse(line) as Operation);
    if (header?.key !== 'header' || !header.value.summary) return { status: 400, json: { error: 'no summary' } };
    for (const { key, value } of operations) {
      const bytes =
        key === 'lfsFile' ? this.store.objects.get(value.oid ?? '') : Buffer.from(value.content ?? '', 'base64');
      if (!bytes || (value.size ?? bytes.length) !== bytes.length)
        return { status: 400, json: { error: 'LFS pointer pointed to a file that does not exist' } };
      repository.files.set(value.path ?? '', { bytes, lfs: key === 'lfsFile' });
    }
    repository.commits.push(header.value.summary);
    const commitOid = digest('sha1', repository.commits.join());
    return {
      json: { success: true, commitOid, commitUrl: `${this.endpoint}/${name}/commit/${commitOid}`, hookOutput: '' },
    };
  }
}

interface Operation {
  readonly key: string;
  readonly value: { summary?: string; path?: string; content?: string; oid?: string; size?: number };
}

function kindOf(server: PushAsked['server'], path: string): Kind | undefined {
  if (server === 'store') return 'put';
  if (path === '/api/whoami-v2') return 'whoami';
  if (path === '/api/repos/create') return 'create';
  if (path.startsWith('/api/complete_multipart')) return 'complete';
  if (path.endsWith('/info/lfs/objects/batch')) return 'batch';
  return (['preupload', 'commit'] as const).find((kind) => path.includes(`/${kind}/`)) ?? 'listing';
}

function whoami({ name, orgs = [], role = 'write' }: Account): unknown {
  const auth = { type: 'access_token', accessToken: { displayName: 'test', role, createdAt: '2026-01-01T00:00:00Z' } };
  return { type: 'user', id: 'u', name, fullname: name, orgs: orgs.map((org) => ({ type: 'org', ...org })), auth };
}
