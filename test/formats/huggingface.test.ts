import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readBf16 } from '../../src/engine/formats/bf16';
import { openModelFolder } from '../../src/engine/formats/huggingface';
import { writeSafetensors } from '../../src/engine/formats/safetensors';
import { parseConfig } from '../../src/engine/model/config';
import { expectedTensors } from '../../src/engine/model/tensors';
import { StudioError } from '../../src/engine/studioError';

const config = {
  ...{
    architectures: ['Qwen2ForCausalLM'],
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
  },
  ...{ intermediate_size: 12, vocab_size: 20, max_position_embeddings: 64, eos_token_id: 3, tie_word_embeddings: true },
};

type Files = Record<string, Blob | string>;
type Change = (name: string, shape: readonly number[]) => { shape?: readonly number[]; dtype?: string } | undefined;

/** Zero weights of the right shapes, except where `change` says otherwise; `undefined` leaves the tensor out. */
function weights(keep: (name: string) => boolean = () => true, change: Change = () => ({})): Blob {
  const tensors = [...expectedTensors(parseConfig(config))]
    .filter(([name]) => keep(name))
    .flatMap(([name, expected]) => {
      const changed = change(name, expected);
      if (!changed) return [];
      const { shape = expected, dtype = 'BF16' } = changed;
      const bytes = shape.reduce((a, b) => a * b, 1) * (dtype === 'BF16' ? 2 : 8);
      return [{ name, dtype, shape, data: new Uint8Array(bytes).fill(name.length) }];
    });
  return writeSafetensors(tensors);
}

const parts = {
  'config.json': JSON.stringify(config),
  'tokenizer.json': '{"model":{}}',
  'tokenizer_config.json': '{"chat_template":"{{ messages }}"}',
} as const;
const complete: Files = { ...parts, 'model.safetensors': weights() };

const isFirst = (name: string) => name.includes('layers.0') || name.includes('embed');
const sharded: Files = {
  ...parts,
  'model-00001-of-00002.safetensors': weights(isFirst),
  'model-00002-of-00002.safetensors': weights((name) => !isFirst(name)),
  'model.safetensors.index.json': JSON.stringify({
    weight_map: Object.fromEntries(
      [...expectedTensors(parseConfig(config)).keys()].map((name) => [
        name,
        `model-0000${isFirst(name) ? 1 : 2}-of-00002.safetensors`,
      ]),
    ),
  }),
};

const asFiles = (files: Files) => Object.entries(files).map(([name, content]) => new File([content], name));
const open = (files: readonly File[]) => openModelFolder({ kind: 'files', name: 'tiny', files });

async function errorOf(promise: Promise<unknown>): Promise<StudioError> {
  const error: unknown = await promise.catch((caught: unknown) => caught);
  if (error instanceof StudioError) return error;
  throw new Error(`no StudioError: ${String(error)}`);
}

describe('dropped files', () => {
  it('opens a folder, with the weights where they are', async () => {
    const folder = await open(asFiles(complete));
    expect(folder.name).toBe('tiny');
    expect(folder.config).toMatchObject({ hidden: 8, layers: 2, endTokens: [3] });
    expect(folder.tokenizerJson).toEqual({ model: {} });
    expect(folder.weights.size).toBe(expectedTensors(folder.config).size);
    const norm = folder.weights.get('model.norm.weight')!;
    const half = 'model.norm.weight'.length * 0x0101;
    const { value: words } = await readBf16(norm.source, norm.info).next();
    expect(words).toEqual(new Uint32Array(4).fill(half * 0x10001));
  });

  it('opens shards by their index', async () => {
    const folder = await open(asFiles(sharded));
    expect(folder.weights.get('model.embed_tokens.weight')?.source.name).toBe('model-00001-of-00002.safetensors');
    expect(folder.weights.get('model.norm.weight')?.source.name).toBe('model-00002-of-00002.safetensors');
  });

  it('finds the files in a folder of a folder, and prefers those nearer the top', async () => {
    const nested = asFiles(complete).map((file) => inFolder(file, `a/b/${file.name}`));
    const older = inFolder(
      new File([JSON.stringify({ ...config, num_hidden_layers: 1 })], 'config.json'),
      'a/b/checkpoint-1/config.json',
    );
    for (const files of [
      [older, ...nested],
      [...nested, older],
    ])
      expect((await open(files)).config.layers).toBe(2);
  });

  it('reads end tokens and the chat template from files of their own', async () => {
    const files = {
      ...complete,
      'tokenizer_config.json': '{}',
      'chat_template.jinja': 'T',
      'generation_config.json': '{"eos_token_id":[7,3]}',
    };
    const folder = await open(asFiles(files));
    expect(folder.tokenizerConfig).toEqual({ chat_template: 'T' });
    expect(folder.config.endTokens).toEqual([7, 3]);
  });

  it('takes along the terms that lie there, and says what they are; the card of the model stays behind', async () => {
    const card = '---\nlicense: other\nlicense_name: mine\nlicense_link: LICENSE\n---\n# Tiny';
    const terms = { LICENSE: 'Apache License\nVersion 2.0', 'NOTICE.txt': 'n', 'README.md': card };
    const folder = await open(asFiles({ ...complete, ...terms }));
    expect([...folder.files.keys()].sort()).toEqual(['LICENSE', 'NOTICE.txt', ...Object.keys(parts)].sort());
    expect(await folder.files.get('LICENSE')?.text()).toBe(terms.LICENSE);
    const licence = { id: 'mine', link: 'LICENSE', commercial: true, ownTerms: true };
    expect(folder.origin).toEqual({ licence, stated: 'card' });
    const { 'README.md': _, ...bare } = terms;
    const stated = { licence: { id: 'apache-2.0', link: 'LICENSE', commercial: true }, stated: 'file' };
    expect((await open(asFiles({ ...complete, ...bare }))).origin).toEqual(stated);
    expect((await open(asFiles(complete))).origin).toEqual({ stated: 'nowhere' });
  });

  it('names every file that is missing', async () => {
    const { 'config.json': _, 'model.safetensors': __, ...rest } = complete;
    const error = await errorOf(open(asFiles(rest)));
    expect(error.code).toBe('files-missing');
    expect(error.message).toBe('The folder of the model "tiny" lacks config.json, model.safetensors.');
  });

  it('names every shard that is missing', async () => {
    const { 'model-00002-of-00002.safetensors': _, ...rest } = sharded;
    expect((await errorOf(open(asFiles(rest)))).message).toBe(
      'The folder of the model "tiny" lacks model-00002-of-00002.safetensors.',
    );
  });

  it('says which file is not JSON, or no index', async () => {
    for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json']) {
      const error = await errorOf(open(asFiles({ ...complete, [file]: '{' })));
      expect([error.code, error.detail.file]).toEqual(['file-not-json', file]);
    }
    for (const index of [
      '{}',
      '[]',
      '{"weight_map":{}}',
      '{"weight_map":{"a":"../x.safetensors"}}',
      '{"weight_map":{"a":1}}',
      '{"weight_map":["a.safetensors"]}',
    ]) {
      expect((await errorOf(open(asFiles({ ...sharded, 'model.safetensors.index.json': index })))).code).toBe(
        'index-invalid',
      );
    }
  });

  it('says which tensor is in two shards', async () => {
    const twice = { ...sharded, 'model-00001-of-00002.safetensors': weights() };
    const error = await errorOf(open(asFiles(twice)));
    expect(error.code).toBe('index-invalid');
    expect(error.message).toContain(
      'is in two of its files, model-00001-of-00002.safetensors and model-00002-of-00002.safetensors.',
    );
  });

  it('says which file is cut short', async () => {
    const whole = weights();
    const error = await errorOf(open(asFiles({ ...complete, 'model.safetensors': whole.slice(0, whole.size - 3) })));
    expect(error.message).toMatch(
      /^model\.safetensors cannot be read as safetensors: it was cut short: 3 of \d+ bytes of weights are missing\.$/,
    );
  });
});

describe('weights that do not fit the config', () => {
  const target = 'model.layers.1.self_attn.k_proj.weight';
  const refusal = (change: Change) =>
    errorOf(open(asFiles({ ...complete, 'model.safetensors': weights(undefined, change) })));

  it('a shape: names the tensor, the expected shape and the found one', async () => {
    const error = await refusal((name) => (name === target ? { shape: [8, 8] } : {}));
    expect(error.code).toBe('tensor-shape');
    expect(error.message).toBe(`${target} in model.safetensors has the shape [8, 8], but config.json asks for [4, 8].`);
  });

  it('a missing tensor', async () => {
    const error = await refusal((name) => (name === target ? undefined : {}));
    expect(error.message).toBe(`The weights of the model "tiny" lack ${target}, which config.json asks for.`);
    const many = await refusal((name) => (name.includes('layers.1') ? undefined : {}));
    expect([many.code, many.detail.missing]).toEqual(['tensor-missing', 12]);
  });

  it('a tensor that the config does not ask for, unless it changes nothing', async () => {
    const fewer = { ...complete, 'config.json': JSON.stringify({ ...config, num_hidden_layers: 1 }) };
    const error = await errorOf(open(asFiles(fewer)));
    expect([error.code, error.detail.tensor]).toEqual(['tensor-unused', 'model.layers.1.input_layernorm.weight']);
    const data = new Uint8Array(2);
    const harmless = ['lm_head.weight', 'model.layers.0.self_attn.rotary_emb.inv_freq'];
    const more = new Set([...harmless, ...expectedTensors(parseConfig(config)).keys()]);
    const tensors = [...more].map((name) => {
      const shape = expectedTensors(parseConfig(config)).get(name) ?? [1];
      return {
        name,
        dtype: 'BF16',
        shape,
        data: harmless.includes(name) ? data : new Uint8Array(2 * shape.reduce((a, b) => a * b)),
      };
    });
    expect((await open(asFiles({ ...parts, 'model.safetensors': writeSafetensors(tensors) }))).weights.size).toBe(
      more.size,
    );
  });

  it('a type that is not read', async () => {
    const error = await refusal((name) => (name === target ? { dtype: 'I64' } : {}));
    expect(error.code).toBe('dtype-unsupported');
    expect(error.message).toBe(`${target} in model.safetensors has the type I64; the studio reads BF16, F16, F32.`);
  });
});

describe('an address', () => {
  let served: Files = {};
  let server: Server;
  let base = '';
  let page = false;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const name = decodeURIComponent((request.url ?? '').replace('/tiny/', ''));
      const content = served[name];
      if (content === 'fail') return response.writeHead(503).end();
      if (content === undefined && page)
        return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
      if (content === undefined) return response.writeHead(404).end('no');
      return response.end(typeof content === 'string' ? content : new Uint8Array(await content.arrayBuffer()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny`;
  });
  afterAll(() => server.close());
  afterEach(() => {
    page = false;
  });

  const fetched = (files: Files, url = base) => {
    served = files;
    return openModelFolder({ kind: 'url', name: 'tiny', url });
  };

  it.each(['', '/'])('opens one file or shards (address ending in "%s")', async (end) => {
    expect((await fetched(complete, base + end)).weights.size).toBe((await fetched(sharded, base + end)).weights.size);
  });

  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json'])(
    'says that %s is not there, and where it was looked for',
    async (file) => {
      const { [file]: _, ...rest } = complete;
      const error = await errorOf(fetched(rest));
      expect(error.code).toBe('files-missing');
      expect(error.message).toBe(`The model "tiny" lacks ${file}: there is nothing at ${base}/${file}.`);
    },
  );

  it('says which shard is not there', async () => {
    const { 'model-00002-of-00002.safetensors': _, ...rest } = sharded;
    expect((await errorOf(fetched(rest))).message).toContain(`${base}/model-00002-of-00002.safetensors`);
  });

  it('knows a start page from a model file', async () => {
    page = true;
    expect((await fetched(complete)).config.endTokens).toEqual([3]);
    const { 'config.json': _, ...rest } = complete;
    expect((await errorOf(fetched(rest))).code).toBe('files-missing');
  });

  it('says what the server answered, and when there is none', async () => {
    const error = await errorOf(fetched({ ...complete, 'tokenizer.json': 'fail' }));
    expect(error.message).toBe(
      `tokenizer.json could not be fetched from ${base}/tokenizer.json: the server answered 503.`,
    );
    expect((await errorOf(fetched(complete, 'http://127.0.0.1:1/'))).code).toBe('fetch-failed');
  });
});

function inFolder(file: File, path: string): File {
  Object.defineProperty(file, 'webkitRelativePath', { value: path });
  return file;
}
