// A model from a server that behaves like the Hub into storage: whole, cut, resumed, refused, cancelled.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openModelFolder } from '../../src/engine/formats/huggingface';
import { Hub } from '../../src/engine/hub/hub';
import type { StoredModel } from '../../src/engine/hub/types';
import { commitOf, type FakeHub, startFakeHub } from '../support/fakeHub';
import { memoryDirectory } from '../support/memoryFiles';
import { bench, bytesOf, errorOf, files, model, name, request, shardedModel, weights } from './bench';

let server: FakeHub;
beforeEach(async () => {
  server = await startFakeHub();
  server.models.set(name, model);
});
afterEach(() => server.close());

const ranges = () => server.asked.filter(({ server: at }) => at === 'store').map(({ range }) => range);
const all = `bytes=0-${weights.length - 1}`;
const from = (at: number) => `bytes=${at}-${weights.length - 1}`;

async function storedWeights(hub: Hub): Promise<Buffer> {
  const [stored] = await hub.stored();
  const found = await hub.files(stored?.key ?? '');
  return bytesOf(found.find((file) => file.name === 'model.safetensors'));
}

describe('a download', () => {
  it('keeps the needed files and nothing else, and counts every byte', async () => {
    const { hub, download, told } = bench();
    const stored = await download(request(server.endpoint));
    expect(stored).toMatchObject({ whole: true, stored: stored.model.bytes, model: { name, commit: commitOf(model) } });
    const found = await hub.files(stored.key);
    for (const file of found) expect(await bytesOf(file)).toEqual(Buffer.from(files[file.name as keyof typeof files]));
    expect(found).toHaveLength(5);
    expect(server.asked.map(({ path }) => path).filter((path) => /\.bin|\.gguf/.test(path))).toEqual([]);
    expect(ranges()).toEqual([all]);
    const counts = told.filter(({ total }) => total > 0).map(({ done }) => done);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(told.at(-1)).toMatchObject({ done: stored.model.bytes, total: stored.model.bytes, state: 'fetching' });
  });

  it('of shards opens as a model folder does', async () => {
    server.models.set(name, await shardedModel());
    const { hub, download } = bench();
    const { key } = await download(request(server.endpoint));
    const folder = { kind: 'files', name, files: await hub.files(key) } as const;
    // All files are found; these tiny weights are not those that the config asks for.
    expect((await errorOf(openModelFolder(folder))).code).toBe('tensor-missing');
  });

  it('goes on where the connection broke, on the second origin, without a preflight', async () => {
    server.trouble.push({ cutAfter: 50_000 }, { status: 503 }, { status: 429 }, { cutAfter: 30_000 });
    const { hub, download, waits, told } = bench();
    await download(request(server.endpoint));
    expect(await storedWeights(hub)).toEqual(weights);
    const [first, second, third, fourth, fifth] = ranges();
    expect(first).toBe(all);
    expect(second).toMatch(/^bytes=[1-9]/);
    expect([third, fourth]).toEqual([second, second]);
    expect(Number(/\d+/.exec(fifth ?? '')?.[0])).toBeGreaterThan(Number(/\d+/.exec(second ?? '')?.[0]));
    // A byte that came makes the next failure the first again.
    expect(waits).toEqual([500, 1000, 2000, 500]);
    expect(told.map(({ state }) => state)).toContain('waiting');
  });

  it('gives up after a few tries, keeps what came, and another page goes on from there', async () => {
    const storage = memoryDirectory();
    server.trouble.push({ cutAfter: 60_000 }, ...Array.from({ length: 5 }, () => ({ status: 502 })));
    const first = bench(storage);
    const error = await errorOf(first.download(request(server.endpoint)));
    expect(error.code).toBe('hub-server');
    const [part] = await first.hub.stored();
    expect(part).toMatchObject({ whole: false, model: { name } });
    expect((await errorOf(first.hub.files(part?.key ?? ''))).code).toBe('stored-missing');
    server.asked.length = 0;
    const second = bench(storage);
    await second.download(request(server.endpoint, { revision: commitOf(model) }));
    expect(await storedWeights(second.hub)).toEqual(weights);
    expect(ranges()).toHaveLength(1);
    expect(ranges()[0]).not.toBe(all);
    expect(second.told.map(({ state }) => state)).toContain('checking');
    // It keeps the name of the revision that it was begun with.
    expect((await second.hub.stored())[0]?.model.revision).toBe('main');
  });

  it('reads past what it has when the server ignores ranges', async () => {
    server.ranges = false;
    server.trouble.push({ cutAfter: 70_000 });
    const { hub, download, told } = bench();
    const { model: found } = await download(request(server.endpoint));
    expect(await storedWeights(hub)).toEqual(weights);
    expect(Math.max(...told.map(({ done }) => done))).toBe(found.bytes);
  });

  it('never glues a changed file: bytes that are not those listed are thrown away', async () => {
    const storage = memoryDirectory();
    server.trouble.push({ cutAfter: 50_000 }, { otherBytes: true });
    const { hub, download } = bench(storage);
    expect((await errorOf(download(request(server.endpoint)))).code).toBe('hub-file-damaged');
    expect((await hub.stored())[0]).toMatchObject({ whole: false });
    server.asked.length = 0;
    await download(request(server.endpoint));
    expect(ranges()).toEqual([all]);
    expect(await storedWeights(hub)).toEqual(weights);
  });

  it('without checksums starts a cut file anew instead of gluing it', async () => {
    server.digests = false;
    server.trouble.push({ cutAfter: 50_000 });
    const { hub, download } = bench();
    await download(request(server.endpoint));
    expect(ranges()).toEqual([all, all]);
    expect(await storedWeights(hub)).toEqual(weights);
  });

  it('of a branch that moved on is another model, and the one before stays as it is', async () => {
    const { hub, download } = bench();
    const before = await download(request(server.endpoint));
    server.models.set(name, { files: { ...files, 'tokenizer.json': '{"model":{"new":1}}' } });
    const after = await download(request(server.endpoint));
    expect(after.key).not.toBe(before.key);
    expect(await hub.stored()).toHaveLength(2);
  });

  it('fetches nothing of what is there already', async () => {
    const storage = memoryDirectory();
    await bench(storage).download(request(server.endpoint));
    server.asked.length = 0;
    await bench(storage).download(request(server.endpoint));
    expect(ranges()).toEqual([]);
  });

  it('is cancelled at once, keeps its part, and another can start then', async () => {
    server.holdAt = 90_000;
    const { hub, told } = bench();
    const running = hub.download(request(server.endpoint), (progress) => {
      told.push(progress);
      if (progress.done > 80_000) hub.cancel();
    });
    expect((await errorOf(hub.download(request(server.endpoint), () => {}))).code).toBe('hub-busy');
    expect((await errorOf(running)).code).toBe('hub-cancelled');
    server.release();
    const [part] = await hub.stored();
    expect(part?.stored).toBeGreaterThan(80_000);
    await hub.download(request(server.endpoint), () => {});
    expect(ranges()[1]).toBe(from(90_000));
  });

  it('gives up a line on which nothing comes, and goes on over another', async () => {
    server.holdAt = 90_000;
    const { hub, waits, download } = bench(memoryDirectory(), {
      stall: 1000,
      wait: async (milliseconds) => {
        if (milliseconds > 0) waits.push(milliseconds);
        server.holdAt = undefined;
      },
    });
    await download(request(server.endpoint));
    expect(ranges()).toEqual([all, from(90_000)]);
    expect(waits).toEqual([500]);
    expect(await storedWeights(hub)).toEqual(weights);
  });
});

describe('a token', () => {
  const secret = 'hf_VerySecret123';
  const gated = { ...model, gated: secret };
  const token = () => ({ value: secret, endpoint: server.endpoint });
  const carried = (at: 'hub' | 'store') => server.asked.filter((asked) => asked.server === at && asked.authorization);

  beforeEach(() => {
    server.models.set(name, gated);
  });

  it('opens a gated model, goes to the Hub alone, and is kept nowhere', async () => {
    const storage = memoryDirectory();
    const { hub, download, told } = bench(storage);
    const { key } = await download(request(server.endpoint, { token: token() }));
    expect(await storedWeights(hub)).toEqual(weights);
    expect(carried('hub').length).toBeGreaterThan(0);
    expect(ranges()).toHaveLength(1);
    expect(carried('store')).toEqual([]);
    // The second server would have noted it.
    await fetch(server.storeOrigin, { headers: { authorization: secret } });
    expect(carried('store')).toHaveLength(1);
    expect(server.asked.map(({ path }) => path).join()).not.toContain(secret);
    const folder = await (await storage.getDirectoryHandle('models')).getDirectoryHandle(key);
    expect(await (await (await folder.getFileHandle('manifest.json')).getFile()).text()).not.toContain(secret);
    expect(JSON.stringify(told)).not.toContain(secret);
  });

  it('is not sent to another endpoint, nor without being asked for', async () => {
    const other = { value: secret, endpoint: 'https://huggingface.co' };
    for (const wrong of [other, undefined]) {
      const error = await errorOf(bench().download(request(server.endpoint, { token: wrong })));
      expect(error.code).toBe('hub-gated');
      expect(error.message).toContain(`${server.endpoint}/${name}`);
    }
    expect([...carried('hub'), ...carried('store')]).toEqual([]);
  });

  it('that is refused is told without repeating it', async () => {
    const wrong = { ...token(), value: 'hf_Wrong456' };
    const error = await errorOf(bench().download(request(server.endpoint, { token: wrong })));
    expect(error.code).toBe('hub-token-refused');
    expect(error.message + JSON.stringify(error.detail)).not.toContain(wrong.value);
  });

  it('that may not read the weights leads to the licence', async () => {
    server.trouble.push({ status: 403, code: 'GatedRepo' });
    const error = await errorOf(bench().download(request(server.endpoint, { token: token() })));
    expect(error.code).toBe('hub-forbidden');
    expect(error.message).toContain('licence');
  });
});

describe('storage', () => {
  it('that is full is told with what could be deleted, and what came stays', async () => {
    server.models.set('Org/other', model);
    const room = { left: Number.POSITIVE_INFINITY };
    const { hub, download } = bench(memoryDirectory(room));
    const other = await download(request(server.endpoint, { model: 'Org/other' }));
    room.left = 120_000;
    const error = await errorOf(download(request(server.endpoint)));
    expect(error.code).toBe('hub-quota');
    expect(error.detail).toMatchObject({ name, stored: expect.stringContaining('Org/other') });
    const part = (await hub.stored()).find((stored) => !stored.whole);
    expect(part?.stored).toBeGreaterThan(50_000);
    await hub.remove(other.key);
    room.left = Number.POSITIVE_INFINITY;
    await download(request(server.endpoint));
    expect(await storedWeights(hub)).toEqual(weights);
  });

  it('without room for a single byte says the same', async () => {
    const error = await errorOf(bench(memoryDirectory({ left: 10 })).download(request(server.endpoint)));
    expect(error.code).toBe('hub-quota');
  });

  it('lists models with their sizes, and forgets what is deleted', async () => {
    const { hub, download } = bench();
    expect(await hub.stored()).toEqual([]);
    const { key, model: found } = await download(request(server.endpoint));
    const [stored] = await hub.stored();
    expect(stored).toMatchObject({ key, whole: true, model: found });
    expect(stored?.stored).toBeGreaterThanOrEqual(found.bytes);
    await hub.remove(key);
    expect(await hub.stored()).toEqual([]);
    expect((await errorOf(hub.files(key))).code).toBe('stored-missing');
  });

  it('is never shared by two downloads of one model, nor emptied under one', async () => {
    server.holdAt = 50_000;
    const storage = memoryDirectory();
    const [one, two] = [bench(storage), bench(storage)];
    let running: Promise<StoredModel> | undefined;
    const begun = new Promise<string>((resolve) => {
      running = one.hub.download(request(server.endpoint), ({ done, key }) => {
        if (done > 40_000 && key) resolve(key);
      });
    });
    const key = await begun;
    expect((await errorOf(two.download(request(server.endpoint)))).code).toBe('stored-busy');
    expect((await errorOf(one.hub.remove(key))).code).toBe('hub-downloading');
    expect((await errorOf(two.hub.remove(key))).code).toBe('stored-busy');
    server.release();
    expect((await running)?.whole).toBe(true);
  });

  it('that the browser does not give is told', async () => {
    const hub = new Hub(() => Promise.reject(new DOMException('denied', 'SecurityError')));
    expect((await errorOf(hub.stored())).code).toBe('no-storage');
  });
});
