// What is said of a model before its weights are fetched, and what is refused then.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { frontMatter, licenceOf } from '../../src/engine/formats/licence';
import { readReference } from '../../src/engine/hub/reference';
import { type FakeHub, startFakeHub } from '../support/fakeHub';
import { bench, changedConfig, errorOf, files, model, name, request, shardedModel } from './bench';

describe('a reference', () => {
  const read = (text: string, endpoint = 'https://huggingface.co', revision = '') =>
    readReference({ model: text, endpoint, revision, token: undefined });

  it.each([
    ['Qwen/Qwen2.5-3B-Instruct', 'https://huggingface.co', 'Qwen/Qwen2.5-3B-Instruct', 'main'],
    [' gpt2 ', 'https://huggingface.co', 'gpt2', 'main'],
    ['https://huggingface.co/Qwen/Qwen2.5-3B-Instruct', 'https://huggingface.co', 'Qwen/Qwen2.5-3B-Instruct', 'main'],
    ['https://huggingface.co/a/b/tree/v1.0', 'https://huggingface.co', 'a/b', 'v1.0'],
    ['https://huggingface.co/a/b/resolve/refs%2Fpr%2F1/config.json', 'https://huggingface.co', 'a/b', 'refs/pr/1'],
    ['https://hf-mirror.com/a/b?x=1#files', 'https://hf-mirror.com', 'a/b', 'main'],
  ])('is a name or an address: %s', (text, endpoint, found, revision) => {
    expect(read(text)).toEqual({ endpoint, name: found, revision, token: undefined });
  });

  it('from the original Hub is fetched from the mirror that was chosen, with the path that it has', () => {
    const mirror = 'https://mirror.test/hub/';
    expect(read('https://huggingface.co/a/b', mirror).endpoint).toBe('https://mirror.test/hub');
    expect(read('https://mirror.test/hub/a/b/tree/x', mirror)).toMatchObject({ name: 'a/b', revision: 'x' });
  });

  it.each([
    '',
    'a/b/c',
    '../x',
    'a b',
    'https://huggingface.co/datasets/a/b',
    'https://u:p@huggingface.co/a/b',
    'a/..',
  ])('that names no model is refused: %s', (text) => {
    expect(() => read(text)).toThrow('does not name a model');
  });

  it('needs an address of a server, and a revision that can be one', () => {
    for (const endpoint of ['huggingface', 'ftp://x.test', 'https://u:p@x.test', 'https://x.test/?token=1'])
      expect(() => read('a/b', endpoint)).toThrow('not the address of a Hub');
    for (const revision of ['a b', '../main', 'x?y'])
      expect(() => read('a/b', undefined, revision)).toThrow('revision');
  });

  it('takes a token only for the endpoint that it was entered for, and over a line that nobody reads', () => {
    const secret = 'hf_secret';
    const with_ = (endpoint: string, of: string, value = secret, text = 'a/b') =>
      readReference({ model: text, revision: '', endpoint, token: { value, endpoint: of } });
    expect(with_('https://huggingface.co', 'https://huggingface.co/').token).toBe(secret);
    expect(with_('https://hf-mirror.com', 'https://huggingface.co').token).toBeUndefined();
    expect(
      with_('https://huggingface.co', 'https://huggingface.co', secret, 'https://x.test/a/b').token,
    ).toBeUndefined();
    expect(with_('http://localhost:8080', 'http://localhost:8080').token).toBe(secret);
    expect(() => with_('http://mirror.test', 'http://mirror.test')).toThrow('could be read by others');
    const odd = `${secret}\n中`;
    try {
      with_('https://huggingface.co', 'https://huggingface.co', odd);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).toContain('characters');
      expect(String(error)).not.toContain(secret);
    }
  });
});

describe('a licence', () => {
  const page = 'https://huggingface.co/Qwen/Qwen2.5-3B-Instruct/blob/abc';

  it.each([
    [{ license: 'other', license_name: 'qwen-research', license_link: `${page}/LICENSE` }, 'qwen-research', false],
    [{ license: 'apache-2.0' }, 'apache-2.0', true],
    [{ license: ['mit'] }, 'mit', true],
    [{ license: 'cc-by-nc-4.0' }, 'cc-by-nc-4.0', false],
    [{ license: 'other' }, 'other', true],
    [{ license: 'llama3.2', license_name: 'unused' }, 'llama3.2', true],
  ])('is read from the card: %j', (card, id, commercial) => {
    expect(licenceOf(card, page)).toMatchObject({ id, commercial });
  });

  it('may be in the first lines of a README', () => {
    const readme =
      '---\r\nlicense: other\nlicense_name: "qwen-research"\nlicense_link: LICENSE\nlanguage:\n- en\n---\nText';
    expect(licenceOf(frontMatter(readme), page)).toEqual({
      ...{ id: 'qwen-research', link: `${page}/LICENSE`, commercial: false, ownTerms: true },
    });
    expect(licenceOf(frontMatter('license: mit'), page)).toBeUndefined();
  });

  it('leads nowhere but to the web', () => {
    const link = (license_link: string) => licenceOf({ license: 'x', license_link }, page)?.link;
    expect(link('javascript:alert(1)')).toBeUndefined();
    expect(link('../x')).toBeUndefined();
  });
});

describe('on the Hub', () => {
  let server: FakeHub;
  const { hub } = bench();
  const asked = () => server.asked.map(({ path }) => path);
  const weightsAsked = () => asked().filter((path) => /safetensors(\?|$)|\.bin|\.gguf/.test(path));

  beforeEach(async () => {
    server = await startFakeHub();
    server.models.set(name, model);
  });
  afterEach(() => server.close());

  it('a model is described, with its licence, and no weight is asked for', async () => {
    const found = await hub.find(request(server.endpoint));
    expect(found).toMatchObject({ name, revision: 'main', architecture: 'Qwen2ForCausalLM' });
    expect(found.licence).toEqual({
      ...{ id: 'qwen-research', commercial: false, ownTerms: true },
      link: `${server.endpoint}/${name}/blob/${found.commit}/LICENSE`,
    });
    const needed = [
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'generation_config.json',
      'model.safetensors',
    ];
    expect(found.files.map(({ path }) => path)).toEqual(needed);
    expect(found.bytes).toBe(
      needed.reduce((sum, file) => sum + Buffer.byteLength(files[file as keyof typeof files]), 0),
    );
    expect(weightsAsked()).toEqual([]);
  });

  it('the card comes before the README, which is then not read', async () => {
    server.models.set(name, { ...model, card: { license: 'apache-2.0' } });
    expect((await hub.find(request(server.endpoint))).licence).toMatchObject({ id: 'apache-2.0', commercial: true });
    expect(asked().join()).not.toContain('README');
  });

  it('shards are those that the index names', async () => {
    server.models.set(name, await shardedModel());
    const paths = (await hub.find(request(server.endpoint))).files.map(({ path }) => path);
    expect(paths.slice(-3)).toEqual([
      'model.safetensors.index.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
  });

  it('another architecture is refused by name before any weight', async () => {
    server.models.set(name, changedConfig({ architectures: ['MambaForCausalLM'] }));
    const { download } = bench();
    const error = await errorOf(download(request(server.endpoint)));
    expect(error.code).toBe('unknown-architecture');
    expect(error.message).toContain('MambaForCausalLM');
    expect(weightsAsked()).toEqual([]);
    // The same download of a model that can be used does ask for them.
    server.models.set(name, model);
    await download(request(server.endpoint));
    expect(weightsAsked().length).toBeGreaterThan(0);
  });

  const without = (...left: string[]) =>
    Object.fromEntries(Object.entries(files).filter(([file]) => !left.includes(file)));

  it.each([
    ['no tokenizer', { files: without('tokenizer.json') }, 'hub-files-missing', 'tokenizer.json'],
    [
      'no safetensors',
      { files: without('model.safetensors') },
      'hub-no-safetensors',
      'pytorch_model.bin, tiny-q4.gguf',
    ],
    [
      'a shard too few',
      {
        files: {
          ...without('model.safetensors'),
          'model.safetensors.index.json': '{"weight_map":{"a":"m.safetensors"}}',
        },
      },
      'hub-files-missing',
      'm.safetensors',
    ],
    ['a config that is no JSON', { files: { ...files, 'config.json': '<html>' } }, 'hub-not-json', 'config.json'],
  ])('a model with %s is refused', async (_, other, code, said) => {
    server.models.set(name, other);
    const error = await errorOf(hub.find(request(server.endpoint)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  test.each([
    ['hub-no-model-or-gated', { model: 'Org/unknown' }, 'Check the name'],
    ['hub-no-revision', { revision: 'v9' }, 'v9'],
  ])('%s is told', async (code, change, said) => {
    const error = await errorOf(hub.find(request(server.endpoint, change)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });

  it('what is not there at all is told with a token too', async () => {
    const token = { value: 'any', endpoint: server.endpoint };
    expect((await errorOf(hub.find(request(server.endpoint, { model: 'Org/unknown', token })))).code).toBe(
      'hub-not-found',
    );
  });

  it('a server that is no Hub is told, and so is a description that lacks what a Hub says', async () => {
    let page = '<!doctype html>';
    const other = createServer((_, response) => response.end(page));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    expect((await errorOf(hub.find(request(address)))).code).toBe('hub-not-json');
    page = '{"siblings":[]}';
    expect(await errorOf(hub.find(request(address)))).toMatchObject({ code: 'hub-listing', detail: { reason: 'sha' } });
    other.close();
  });

  it('no server at all is told, after some patience', async () => {
    const { hub: patient, waits } = bench();
    const error = await errorOf(patient.find(request('http://127.0.0.1:9')));
    expect(error.code).toBe('hub-unreachable');
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000]);
  });
});
