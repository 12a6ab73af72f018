/** What a GGUF file says of the tokenizer, and which tokenizers are refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { planGguf } from '../../src/engine/formats/gguf/gguf';
import { type GgufModelName, ggufModel } from '../support/ggufModels';
import { readGguf } from '../support/ggufReader';
import { llama3Regex, qwen2Regex, tinyTokenizer, tinyTokenizerConfig, tinyTool } from '../support/tinyTokenizer';

type Tiny = ReturnType<typeof tinyTokenizer>;

interface Changed {
  readonly tokenizer?: unknown;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly template?: string;
  readonly vocabulary?: number;
}

/** The metadata of a model of 70 rows, with other files in its folder. */
async function metadataOf({ tokenizer, settings, template, vocabulary }: Changed, name: GgufModelName = 'qwen3') {
  const model = await ggufModel(name);
  const blob = (value: unknown) => new Blob([JSON.stringify(value)]);
  const files = new Map(model.files);
  if (tokenizer !== undefined) files.set('tokenizer.json', blob(tokenizer));
  if (settings) files.set('tokenizer_config.json', blob({ ...tinyTokenizerConfig, ...settings }));
  if (template !== undefined) files.set('chat_template.jinja', new Blob([template]));
  const config = { ...model.config, vocabulary: vocabulary ?? model.config.vocabulary };
  const { header } = await planGguf({ config, files, tensors: [] }, 'f16', { name });
  return readGguf(header).metadata;
}

const ggml = (key: string) => `tokenizer.ggml.${key}`;
const stepsOf = (tokenizer: Tiny) => tokenizer.pre_tokenizer.pretokenizers;

it('has every token as the vocabulary writes it, and one for every row of the embedding', async () => {
  const found = await metadataOf({});
  const tokens = found.get(ggml('tokens')) as string[];
  const types = found.get(ggml('token_type')) as number[];
  expect([found.get(ggml('model')), tokens.length, types.length]).toEqual(['gpt2', 70, 70]);
  expect(tokens.slice(0, 4)).toEqual(['<|endoftext|>', '<|im_start|>', '<|im_end|>', 'a']);
  expect(types.slice(0, 4)).toEqual([3, 3, 3, 1]);
  expect([tokens[3 + 36], tokens[tinyTool], types[tinyTool]]).toEqual(['Ġ', '<tool>', 4]);
  expect([tokens[tinyTool + 1], types[tinyTool + 1]]).toEqual([`[PAD${tinyTool + 1}]`, 5]);
  expect([tokens[69], types[69]]).toEqual(['[PAD69]', 5]);
});

it('has the merges of pairs and of texts alike', async () => {
  const merges = (await metadataOf({})).get(ggml('merges'));
  expect(merges).toContain('Ġ the');
  expect((await metadataOf({ tokenizer: tinyTokenizer('qwen2', 'texts') })).get(ggml('merges'))).toEqual(merges);
});

it('finds special tokens by name, else by number', async () => {
  const ids = async (changed: Changed) => {
    const found = await metadataOf(changed);
    return ['bos', 'eos', 'padding', 'unknown'].map((kind) => found.get(ggml(`${kind}_token_id`)));
  };
  expect(await ids({})).toEqual([1, 2, 0, undefined]);
  // The config of this model says bos 1 and eos 2, and nothing of the others.
  const none = { bos_token: null, eos_token: null, pad_token: null, unk_token: '<|endoftext|>' };
  expect(await ids({ settings: none })).toEqual([1, 2, undefined, 0]);
  expect(await ids({ settings: { eos_token: '<|endoftext|>' } })).toEqual([1, 0, 0, undefined]);
});

it('says whether a first or last token is added, as stated or as the template has it', async () => {
  const adds = async (changed: Changed) => {
    const found = await metadataOf(changed);
    return [found.get(ggml('add_bos_token')), found.get(ggml('add_eos_token'))];
  };
  const tokenizer = tinyTokenizer('llama-bpe');
  expect(await adds({})).toEqual([false, false]);
  expect(await adds({ tokenizer })).toEqual([true, false]);
  const sequence = { type: 'Sequence', processors: [{ type: 'ByteLevel' }, tokenizer.post_processor] };
  expect(await adds({ tokenizer: { ...tokenizer, post_processor: sequence } })).toEqual([true, false]);
  expect(await adds({ tokenizer, settings: { add_bos_token: false, add_eos_token: true } })).toEqual([false, true]);
  expect(await adds({ tokenizer, settings: { bos_token: '<|endoftext|>' } })).toEqual([false, false]);
});

it('has the chat template, from wherever the folder keeps it', async () => {
  const template = async (changed: Changed) => (await metadataOf(changed)).get('tokenizer.chat_template');
  expect(await template({})).toBe(tinyTokenizerConfig.chat_template);
  expect(await template({ settings: { chat_template: undefined }, template: 'alone' })).toBe('alone');
  expect(await template({ settings: { chat_template: undefined } })).toBeUndefined();
  const several = ['tool_use', 'default'].map((name) => ({ name, template: `of ${name}` }));
  expect(await template({ settings: { chat_template: several } })).toBe('of default');
});

it('names the pre-tokenizer by what it does', async () => {
  const pre = async (changed: Changed) => (await metadataOf(changed)).get(ggml('pre'));
  expect(await pre({ tokenizer: tinyTokenizer('qwen2') })).toBe('qwen2');
  const llama = tinyTokenizer('llama-bpe');
  expect(await pre({ tokenizer: llama })).toBe('llama-bpe');
  expect(await pre({ tokenizer: { ...llama, model: { ...llama.model, ignore_merges: false } } })).toBe('smaug-bpe');
  const smollm = tinyTokenizer('smollm');
  expect(await pre({ tokenizer: smollm })).toBe('smollm');
  expect(await pre({ tokenizer: { ...smollm, pre_tokenizer: stepsOf(smollm)[1] } })).toBe('gpt-2');
  expect((await metadataOf({}, 'student')).get(ggml('pre'))).toBe('qwen2');
  const path = join(import.meta.dirname, '../fixtures/qwen2.5/tokenizer.json.gz');
  const tokenizer = JSON.parse(gunzipSync(readFileSync(path)).toString());
  const found = await metadataOf({
    tokenizer,
    settings: { bos_token: null, eos_token: '<|im_end|>' },
    vocabulary: 151_936,
  });
  expect(found.get(ggml('pre'))).toBe('qwen2');
  const tokens = found.get(ggml('tokens')) as string[];
  expect([tokens.length, tokens[151_643], tokens[151_935]]).toEqual([151_936, '<|endoftext|>', '[PAD151935]']);
  // <tool_call> is added and not special.
  expect((found.get(ggml('token_type')) as number[])[151_657]).toBe(4);
});

const qwen = tinyTokenizer('qwen2');
const llama = tinyTokenizer('llama-bpe');
const split = (Regex: string) => ({ ...stepsOf(qwen)[0], pattern: { Regex } });
const bytes = stepsOf(qwen)[1];
const steps = (...pretokenizers: unknown[]) => ({ ...qwen, pre_tokenizer: { type: 'Sequence', pretokenizers } });

it.each([
  ['another regular expression', steps(split(qwen2Regex.replace('+', '*')), bytes), 'no name in llama.cpp'],
  ['the pieces removed', steps({ ...split(qwen2Regex), behavior: 'Removed' }, bytes), 'no name in llama.cpp'],
  ['a space put before', steps(split(qwen2Regex), { ...bytes, add_prefix_space: true }), 'no name in llama.cpp'],
  ['words cut again', steps(split(qwen2Regex), { ...bytes, use_regex: true }), 'no name in llama.cpp'],
  ['no pre-tokenizer', { ...qwen, pre_tokenizer: null }, 'no name in llama.cpp'],
  ['whole words first', { ...qwen, model: { ...qwen.model, ignore_merges: true } }, 'no name in llama.cpp'],
  ['digits in threes, cut twice', { ...llama, ...steps(split(llama3Regex), split(llama3Regex), bytes) }, 'no name'],
  ['lower case', { ...qwen, normalizer: { type: 'Lowercase' } }, 'normalizer Lowercase'],
  ['another kind of model', { ...qwen, model: { ...qwen.model, type: 'Unigram' } }, 'not a byte-level BPE'],
  ['SentencePiece', { ...qwen, model: { ...qwen.model, byte_fallback: true } }, 'not a byte-level BPE'],
  ['a token beyond the rows', { ...qwen, model: { ...qwen.model, vocab: { x: 70 } } }, '"x" is token 70'],
  ['two tokens alike', { ...qwen, model: { ...qwen.model, vocab: { '[PAD69]': 3 } } }, 'are written "[PAD69]"'],
  ['no object', [1], 'not a JSON object'],
])('refuses a tokenizer that llama.cpp does not have: %s', async (_, tokenizer, reason) => {
  const refused = { code: 'gguf-tokenizer', detail: { reason: expect.stringContaining(reason) } };
  await expect(metadataOf({ tokenizer })).rejects.toMatchObject(refused);
});

it('refuses a model without its tokenizer', async () => {
  const model = await ggufModel('qwen3');
  const refused = { code: 'gguf-tokenizer', detail: { reason: 'tokenizer.json is missing' } };
  await expect(planGguf({ ...model, files: new Map() }, 'f16', { name: 'x' })).rejects.toMatchObject(refused);
});
