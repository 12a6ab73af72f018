// A folder to a server that takes models as the Hub does: whole, cut, resumed, stopped, and what is asked of the server.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakePushHub } from '../support/fakePushHub';
import { digest } from '../support/fakePushStore';
import { errorOf } from './bench';
import { filesOf, folder, largeBytes, noise, pushBench, repository, request, secret, startPushHub } from './pushBench';

let hub: FakePushHub;
beforeEach(async () => {
  hub = await startPushHub();
});
afterEach(() => hub.close());

/** What was committed is the folder, byte for byte. */
function expectTree(expected: Readonly<Record<string, Buffer>>, name = repository): void {
  const sums = (files: Readonly<Record<string, Buffer>>) =>
    Object.fromEntries(Object.entries(files).map(([path, file]) => [path, digest('sha256', file)]));
  expect(sums(hub.tree(name))).toEqual(sums(expected));
}

const kinds = () => hub.asked.map(({ kind }) => kind);
const asked = (kind: string) => hub.asked.filter((one) => one.kind === kind);
const bytes = Object.values(folder).reduce((sum, file) => sum + file.length, 0);

describe('a push', () => {
  it('makes a private repository whose tree is the folder, byte for byte, and says where it is', async () => {
    const { push, told } = pushBench();
    const pushed = await push(request(hub));
    expectTree(folder);
    const { private: hidden, commits } = hub.repositories.get(repository)!;
    expect([hidden, commits]).toEqual([true, ['initial commit', 'A tiny student']]);
    expect(pushed).toEqual({
      ...{ repository, address: `${hub.endpoint}/${repository}`, visibility: 'private' },
      ...{ commit: expect.stringMatching(/^[0-9a-f]{40}$/), files: 5, bytes, sent: bytes },
    });
    expect(hub.received).toBe(largeBytes);
    // Negative control of the comparison of trees.
    const { 'config.json': _, ...rest } = folder;
    expect(() => expectTree(rest)).toThrow();
    expect(() => expectTree({ ...folder, 'onnx/model.onnx': noise(5_000, 4) })).toThrow();
    const states = [...new Set(told.map(({ state }) => state))];
    expect(states).toEqual(['asking', 'comparing', 'hashing', 'uploading', 'committing']);
    for (const { done, total } of told) expect(done).toBeLessThanOrEqual(total);
  });

  it('speaks as the Hub documents it, and brings the token to the Hub alone', async () => {
    await pushBench().push(request(hub));
    expect(kinds().filter((kind) => kind !== 'put')).toEqual([
      ...['whoami', 'listing', 'create', 'listing', 'preupload', 'batch', 'commit'],
    ]);
    expect(JSON.parse(asked('create')[0]!.body)).toEqual({
      ...{ name: 'tiny-student', organization: 'lin', type: 'model', visibility: 'private' },
    });
    expect(asked('preupload')[0]!.path).toBe(`/api/models/${repository}/preupload/main`);
    expect(JSON.parse(asked('preupload')[0]!.body).files[0]).toMatchObject({ path: 'README.md', size: 60 });
    expect(asked('batch')[0]!.path).toBe(`/${repository}.git/info/lfs/objects/batch`);
    expect(JSON.parse(asked('batch')[0]!.body)).toMatchObject({
      ...{ operation: 'upload', transfers: ['basic', 'multipart'], hash_algo: 'sha_256', ref: { name: 'main' } },
    });
    const lines = asked('commit')[0]!
      .body.split('\n')
      .map((line) => JSON.parse(line).key);
    expect(lines).toEqual(['header', 'file', 'file', 'lfsFile', 'lfsFile', 'lfsFile']);
    for (const { server, authorization } of hub.asked)
      expect(authorization).toBe(server === 'hub' ? `Bearer ${secret}` : undefined);
    expect(JSON.stringify(hub.asked.map(({ path, body }) => path + body))).not.toContain(secret);
  });

  it('sends large files in parts where the server asks for it', async () => {
    hub.store.multipartFrom = 100_000;
    await pushBench().push(request(hub));
    expectTree(folder);
    expect([asked('put').length, asked('complete').length, hub.received]).toEqual([6 + 3 + 1, 2, largeBytes]);
  });

  it('is public only for who chose it', async () => {
    const pushed = await pushBench().push(request(hub, { visibility: 'public' }));
    expect([pushed.visibility, hub.repositories.get(repository)?.private]).toEqual(['public', false]);
  });

  it('goes to an organisation of the account', async () => {
    await pushBench().push(request(hub, { repository: 'Lab/student' }));
    expectTree(folder, 'Lab/student');
  });

  it('sends nothing to a server that makes a public repository of a private one', async () => {
    hub.knowsVisibility = false;
    expect((await errorOf(pushBench().push(request(hub)))).code).toBe('push-not-private');
    expect([hub.received, hub.tree(repository)]).toEqual([0, {}]);
  });
});

describe('a line that breaks', () => {
  it('in the middle of a file is another try of that file, after a pause that grows', async () => {
    hub.trouble.push({ on: 'put', cutAfter: 60_000 }, { on: 'put', status: 503 }, { on: 'put', status: 500 });
    const { push, waits, told } = pushBench();
    const { sent } = await push(request(hub));
    expectTree(folder);
    expect(waits.length).toBe(3);
    expect(waits[0]).toBe(500);
    expect(told.map(({ state }) => state)).toContain('waiting');
    expect(hub.received).toBeGreaterThan(largeBytes);
    expect(sent).toBe(bytes);
  });

  it('in the middle of a part sends that part again and no other', async () => {
    hub.store.multipartFrom = 100_000;
    hub.trouble.push({ on: 'put', cutAfter: 10_000 });
    await pushBench().push(request(hub));
    expectTree(folder);
    expect(asked('put')).toHaveLength(11);
    // No more than one part twice.
    expect(hub.received).toBeLessThanOrEqual(largeBytes + 50_000);
    expect(hub.received).toBeGreaterThan(largeBytes);
  });

  it.each(['whoami', 'listing', 'preupload', 'batch', 'commit'] as const)('at %s is another try', async (on) => {
    hub.trouble.push({ on, cutAfter: 0 }, { on, status: 502 });
    const { push, waits } = pushBench();
    await push(request(hub));
    expectTree(folder);
    expect(waits).toEqual([500, 1000]);
  });

  it('waits as long as the server asks for, in seconds or until a date, and not for hours', async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    hub.trouble.push({ on: 'batch', status: 429, retryAfter: '30' }, { on: 'commit', status: 429, retryAfter: date });
    const { push, waits } = pushBench();
    await push(request(hub));
    expect(waits[0]).toBe(30_000);
    expect(Math.abs(waits[1]! - 90_000)).toBeLessThan(5_000);
    hub.trouble.push({ on: 'whoami', status: 429, retryAfter: '7200' });
    expect((await errorOf(push(request(hub)))).code).toBe('push-too-many-requests');
    expect(waits).toHaveLength(2);
  });

  it('whose answer got lost does not make the commit fail', async () => {
    hub.trouble.push({ on: 'commit', lost: true });
    await pushBench().push(request(hub));
    expectTree(folder);
  });
});

describe('a push that goes on', () => {
  /** All parts arrive, and no upload in parts is ended. */
  async function failAtTheEnd(push: ReturnType<typeof pushBench>['push']): Promise<void> {
    hub.trouble.push(...Array.from({ length: 12 }, () => ({ on: 'complete', status: 503 }) as const));
    expect((await errorOf(push(request(hub)))).code).toBe('push-server');
    hub.trouble.length = 0;
  }

  it('in another visit sends only the files that the server lacks', async () => {
    // Every try of the last large file fails: the others have arrived.
    const failing = Array.from({ length: 6 }, () => ({ on: 'commit', status: 503 }) as const);
    hub.trouble.push(...failing);
    expect((await errorOf(pushBench().push(request(hub)))).code).toBe('push-server');
    expect([hub.received, hub.tree(repository)]).toEqual([largeBytes, {}]);
    hub.store.objects.delete([...hub.store.objects].find(([, file]) => file.length === 120_000)![0]);
    const pushed = await pushBench().push(request(hub, { existing: 'private' }));
    expectTree(folder);
    expect(hub.received).toBe(largeBytes + 120_000);
    expect(pushed.sent).toBe(bytes - 305_000);
  });

  it('in the same visit sends only the parts that the store lacks', async () => {
    hub.store.multipartFrom = 100_000;
    const { push } = pushBench();
    await failAtTheEnd(push);
    const first = hub.received;
    await push(request(hub, { existing: 'private' }));
    expectTree(folder);
    expect(first).toBeGreaterThan(largeBytes - 55_000);
    // Each byte crossed the line once, over both pushes.
    expect(hub.received).toBe(largeBytes);
  });

  it('begins the file anew where the upload in parts no longer holds', async () => {
    hub.store.multipartFrom = 100_000;
    const { push } = pushBench();
    await failAtTheEnd(push);
    hub.store.expire();
    await push(request(hub, { existing: 'private' }));
    expectTree(folder);
    expect(hub.received).toBeGreaterThan(largeBytes);
  });

  it('asks for another address where one no longer holds', async () => {
    hub.trouble.push({ on: 'put', status: 403 });
    const { push, waits } = pushBench();
    await push(request(hub));
    expectTree(folder);
    expect(waits).toEqual([]);
    expect(asked('batch')).toHaveLength(2);
  });

  it('sends what has changed, and makes no commit where nothing has', async () => {
    const { push } = pushBench();
    await push(request(hub));
    const again = await push(request(hub, { existing: 'private' }));
    expect([again.commit, again.sent, hub.received]).toEqual([undefined, 0, largeBytes]);
    const changed = { ...folder, 'onnx/model.onnx': noise(5_000, 9) };
    const third = await push(request(hub, { existing: 'private', folder: { kind: 'files', files: filesOf(changed) } }));
    expectTree(changed);
    expect([third.sent, hub.received]).toEqual([5_000, largeBytes + 5_000]);
  });
});

it('a stop ends it at once, and the next push goes on', async () => {
  hub.holdAt = 100_000;
  const { pusher, push } = pushBench();
  const ended = errorOf(push(request(hub)));
  await expect.poll(() => hub.received).toBeGreaterThan(99_999);
  expect((await errorOf(push(request(hub)))).code).toBe('push-busy');
  pusher.cancel();
  expect((await ended).code).toBe('push-cancelled');
  hub.release();
  await push(request(hub, { existing: 'private' }));
  expectTree(folder);
});

it('a line on which nothing goes any more is given up', async () => {
  hub.holdAt = 100_000;
  const { push, waits } = pushBench({}, 300);
  const ended = push(request(hub));
  await expect.poll(() => waits.length).toBeGreaterThan(0);
  hub.release();
  await ended;
  expectTree(folder);
});
