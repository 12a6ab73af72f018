// What is refused before or during a push, in which words, and that no word holds the token.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BaseLicences } from '../../src/engine/hub/baseLicences';
import { checkAccount } from '../../src/engine/hub/push/account';
import { filesOf as walk } from '../../src/engine/hub/push/files';
import { nameProblem } from '../../src/engine/hub/push/name';
import type { PushRequest } from '../../src/engine/hub/push/types';
import type { FakePushHub, Trouble } from '../support/fakePushHub';
import { errorOf } from './bench';
import { card, filesOf, folder, pushBench, repository, request, secret, startPushHub } from './pushBench';

let hub: FakePushHub;
beforeEach(async () => {
  hub = await startPushHub();
});
afterEach(() => hub.close());

const refused = async (change: Partial<PushRequest> = {}) => {
  const error = await errorOf(pushBench().push(request(hub, change)));
  expect(JSON.stringify([error.message, error.detail])).not.toContain(secret);
  return error;
};
const only = (readme: string): PushRequest['folder'] => ({
  kind: 'files',
  files: filesOf({ ...folder, 'README.md': Buffer.from(readme) }),
});

describe('a token', () => {
  it('that is wrong, missing or for reading is told from the first question on, with where to make one', async () => {
    const wrong = { value: 'hf_nobody', endpoint: hub.endpoint };
    const error = await refused({ token: wrong });
    expect([error.code, error.detail.page]).toEqual(['push-token-refused', `${hub.endpoint}/settings/tokens`]);
    expect((await refused({ token: undefined })).code).toBe('push-no-token');
    hub.accounts.set(secret, { name: 'lin', role: 'read' });
    expect((await refused()).code).toBe('push-token-read');
    expect(hub.asked.map(({ kind }) => kind)).toEqual(['whoami', 'whoami']);
    expect(hub.repositories.size).toBe(0);
  });

  it('is sent to no server that it was not entered for', async () => {
    const error = await refused({ token: { value: secret, endpoint: 'https://huggingface.co' } });
    expect([error.code, hub.asked]).toEqual(['push-no-token', []]);
    // The last two are names of other computers.
    for (const endpoint of ['http://hub.example', 'http://127.0.0.1.hub.example', 'http://127.example'])
      expect((await refused({ endpoint, token: { value: secret, endpoint } })).code).toBe('hub-token-insecure');
  });

  it('of somebody else, or without the right to write, is told by its owner and by what it takes', async () => {
    const other = await refused({ repository: 'mei/student' });
    expect([other.code, other.detail.owners]).toEqual(['push-owner', 'lin, Lab']);
    hub.trouble.push({ on: 'create', status: 403, error: `no rights for ${secret}` });
    const create = await refused();
    expect([create.code, create.detail.owner]).toEqual(['push-forbidden', 'lin']);
    hub.trouble.push({ on: 'preupload', status: 403 });
    expect((await refused()).code).toBe('push-forbidden');
  });

  it('that a server repeats in its answer is in no sentence, and neither is a signed address', async () => {
    hub.trouble.push({ on: 'commit', status: 400, error: `bad ${secret} at https://s.test/x?X-Amz-Signature=abc` });
    const { code, message } = await refused();
    expect([code, message]).toEqual(['push-refused', expect.stringContaining('bad … at https://s.test/x.')]);
    expect(message).not.toContain('Signature');
  });
});

describe('a repository', () => {
  it('that is there is said with who sees it, and used only by who agreed to it as it is', async () => {
    const old = { 'old.txt': Buffer.from('stays') };
    hub.make(repository, old, false);
    const error = await refused();
    expect([error.code, error.detail]).toEqual([
      'push-exists',
      { name: repository, visibility: 'public', page: `${hub.endpoint}/${repository}` },
    ]);
    expect((await refused({ existing: 'private' })).code).toBe('push-exists');
    expect(hub.received).toBe(0);
    await pushBench().push(request(hub, { existing: 'public' }));
    expect(Object.keys(hub.tree(repository)).sort()).toEqual(['old.txt', ...Object.keys(folder)].sort());
  });

  it.each<[string, Trouble]>([
    ['push-taken', { on: 'create', status: 409 }],
    ['push-meanwhile', { on: 'commit', status: 412 }],
    ['push-too-large', { on: 'commit', status: 413 }],
    ['push-refused', { on: 'preupload', status: 400 }],
    ['push-store', { on: 'put', status: 400 }],
  ])('is refused as %s', async (code, trouble) => {
    hub.trouble.push(...Array.from({ length: 20 }, () => trouble));
    expect((await refused()).code).toBe(code);
    expect(hub.tree(repository)).toEqual({});
  });

  it('of a server that is no Hub is told', async () => {
    hub.trouble.push({ on: 'whoami', status: 200, error: 'a page' });
    expect((await refused()).code).toBe('push-answer');
    const target = { endpoint: hub.endpoint, name: repository, token: secret };
    expect(() => checkAccount({ auth: {} }, target)).toThrow('does not say whose');
    hub.trouble.push({ on: 'batch', status: 200 });
    expect((await refused()).code).toBe('push-answer');
  });

  it.each([
    ['lin/a', undefined],
    ['lin/Qwen2.5_0.5B-student', undefined],
    ['student', 'form'],
    ['a/b/c', 'form'],
    ['lin/', 'form'],
    ['lin/my model', 'characters'],
    ['lin/学生', 'characters'],
    ['lin/-a', 'ends'],
    ['lin/a.', 'ends'],
    ['lin/a--b', 'doubled'],
    ['lin/a..b', 'doubled'],
    ['lin/a.git', 'git'],
    [`lin/${'a'.repeat(93)}`, 'long'],
  ])('called %s: %s', async (name, problem) => {
    expect(nameProblem(name)).toBe(problem);
    if (problem) expect((await refused({ repository: name })).detail.problem).toBe(problem);
  });
});

describe('a card', () => {
  it('must be there and state a licence', async () => {
    const { 'README.md': _, ...rest } = folder;
    expect((await refused({ folder: { kind: 'files', files: filesOf(rest) } })).code).toBe('push-no-card');
    expect((await refused({ folder: only('# Tiny') })).code).toBe('push-no-licence');
    expect(hub.asked).toEqual([]);
  });

  it('carries the licence of a base that excludes commercial use, or nothing is sent', async () => {
    const research = { id: 'qwen-research', link: undefined, commercial: false };
    const { pusher, push } = pushBench({ 'Org/base': research });
    const error = await errorOf(push(request(hub)));
    expect([error.code, error.detail.needed]).toEqual(['push-licence-lost', 'qwen-research']);
    expect((await errorOf(pusher.inspect(request(hub).folder))).code).toBe('push-licence-lost');
    expect(hub.asked).toEqual([]);
    const carrying = only(card.replace('apache-2.0', 'other\nlicense_name: qwen-research\nlicense_link: LICENSE'));
    expect(await pusher.inspect(carrying)).toMatchObject({
      ...{ files: 5, licence: { id: 'qwen-research', commercial: false, link: 'LICENSE' } },
      bases: [{ name: 'Org/base', licence: research }],
    });
    await push(request(hub, { folder: carrying }));
    expect(hub.repositories.get(repository)?.commits).toHaveLength(2);
  });

  it.each([
    ['base_model: a/b', ['a/b']],
    ['base_model: [a/b, "c"]', ['a/b', 'c']],
    ["base_model:\n- a/b\n- 'c/d'\ntags:\n- x", ['a/b', 'c/d']],
    ['tags: [x]', []],
  ])('names its bases: %s', async (lines, names) => {
    const { bases } = await pushBench().pusher.inspect(only(`---\nlicense: mit\n${lines}\n---\n`));
    expect(bases).toEqual(names.map((name) => ({ name, licence: undefined })));
  });

  it('of a base is known from what was opened or downloaded here', async () => {
    const licences = new BaseLicences(async () => []);
    licences.learn('base', { id: 'mit', link: undefined, commercial: true });
    licences.learn('other', undefined);
    expect((await licences.of('Org/Base'))?.id).toBe('mit');
    expect(await licences.of('Org/other')).toBeUndefined();
    licences.learn('Mine/base2', { id: 'cc-by-nc-4.0', link: undefined, commercial: false });
    expect(await licences.of('Yours/base2')).toBeUndefined();
    expect((await licences.of('Mine/base2'))?.commercial).toBe(false);
  });
});

describe('a folder', () => {
  const named = (...paths: readonly string[]) =>
    walk({ kind: 'files', files: paths.map((path) => ({ path, file: new Blob(['x']) })) });

  it('leaves out what systems and tools leave behind, wherever it lies', async () => {
    const files = await named('b/x.json', 'a', '.DS_Store', '.git/config', 'b/Thumbs.db', 'c.crswap', '.gitattributes');
    expect(files.map(({ path }) => path)).toEqual(['.gitattributes', 'a', 'b/x.json']);
  });

  it.each(['a//b', '../a', 'a\\b', '/a'])('with a file called %s is refused', async (path) => {
    expect((await errorOf(named(path))).code).toBe('push-path');
  });

  it('is walked to its last file; one that cannot be read is told', async () => {
    const handle = (kind: 'file' | 'directory', entries: [string, unknown][] = []) => ({
      ...{
        kind,
        name: 'x',
        entries: async function* () {
          yield* entries;
        },
      },
      getFile: async () => new File(['x'], 'x'),
    });
    const inner = handle('directory', [['c.json', handle('file')]]);
    const outer = handle('directory', [
      ['b', inner],
      ['a', handle('file')],
      ['.git', handle('directory', [['d', inner]])],
    ]);
    const directory = (made: unknown) => ({ kind: 'directory', directory: made as FileSystemDirectoryHandle }) as const;
    expect((await walk(directory(outer))).map(({ path }) => path)).toEqual(['a', 'b/c.json']);
    const gone = {
      ...outer,
      entries: () => {
        throw new DOMException('gone', 'NotFoundError');
      },
    };
    expect((await errorOf(walk(directory(gone)))).code).toBe('push-folder-unreadable');
  });
});

/** A file that was deleted, moved or changed after the folder was opened: the browser reads nothing of it any more. */
class GoneBlob extends Blob {
  constructor(size: number) {
    super([]);
    Object.defineProperty(this, 'size', { value: size });
  }

  override slice(): Blob {
    return new GoneBlob(1);
  }

  override async arrayBuffer(): Promise<never> {
    throw new DOMException('gone', 'NotReadableError');
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      start: (controller) => controller.error(new DOMException('gone', 'NotReadableError')),
    });
  }
}

describe('a file that can no longer be read', () => {
  const without = (path: string, size: number) => ({
    kind: 'files' as const,
    files: filesOf(folder).map((one) => (one.path === path ? { path, file: new GoneBlob(size) } : one)),
  });

  it.each(Object.keys(folder))('is told by its name, and not taken for an answer of the Hub: %s', async (path) => {
    const gone = without(path, folder[path]!.length);
    const error = await errorOf(pushBench().push(request(hub, { folder: gone })));
    expect([error.code, error.detail.path]).toEqual(['push-file-unreadable', path]);
    expect(hub.tree(repository)).toEqual({});
  });

  it('is told too where it only has to be compared with what is there', async () => {
    await pushBench().push(request(hub));
    const gone = without('model.safetensors', folder['model.safetensors']!.length);
    const error = await errorOf(pushBench().push(request(hub, { folder: gone, existing: 'private' })));
    expect([error.code, error.detail.path]).toEqual(['push-file-unreadable', 'model.safetensors']);
  });
});
