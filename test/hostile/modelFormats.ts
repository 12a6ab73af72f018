/** The files of models and adapters, with who else says what is valid of them. */
import fc from 'fast-check';
import { createTokenizer } from '../../src/engine/data/tokenizer';
import { blobSource } from '../../src/engine/formats/folder';
import type { ModelFolder } from '../../src/engine/formats/huggingface';
import { frontMatter, licenceOf } from '../../src/engine/formats/licence';
import type { PeftAdapter } from '../../src/engine/formats/peft';
import { openSafetensors } from '../../src/engine/formats/safetensors';
import type { parseConfig } from '../../src/engine/model/config';
import { damagedFiles } from '../support/safetensorsFiles';
import { brokenRule } from '../support/safetensorsOracle';
import { adapter, model, openAdapter, openModel } from '../support/tinyFolders';
import { tinyTokenizer, tinyTokenizerConfig } from '../support/tinyTokenizer';
import { type Format, jsonObjection } from './attack';
import { damagedBytes, damagedText } from './mutations';

const blobOf = (bytes: Uint8Array): Blob => new Blob([Uint8Array.from(bytes)]);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const whole = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && Number(value) >= least;

const safetensors: Format = {
  name: 'safetensors',
  reference: 'the oracle of the format',
  files: damagedFiles,
  read: (bytes) => openSafetensors(blobSource('model.safetensors', blobOf(bytes))),
  objection: (bytes) => brokenRule(bytes),
};

/** What the kernels need to be true of a config. */
function configObjection(bytes: Uint8Array, found: unknown): string | undefined {
  const read = (found as ModelFolder).config as ReturnType<typeof parseConfig>;
  const { hidden, layers, heads, kvHeads, headDim, intermediate, vocabulary, context, rmsEps, endTokens } = read;
  const sizes = [hidden, layers, heads, kvHeads, headDim, intermediate, vocabulary, context];
  if (!sizes.every((size) => whole(size, 1))) return 'a size is no whole number above 0';
  if (heads % kvHeads !== 0 || headDim % 2 !== 0) return 'heads that cannot be shared or turned';
  if (!(rmsEps > 0) || !(read.rotary.theta > 0) || !Number.isFinite(read.rotary.theta)) return 'numbers out of reach';
  if (endTokens.length === 0 || !endTokens.every((id) => whole(id, 0) && id < vocabulary)) return 'an end token';
  return jsonObjection(bytes);
}

const configFile: Format = {
  name: 'config.json',
  reference: 'JSON.parse, and what the kernels need',
  files: damagedText(String(model['config.json'])),
  read: (bytes) => openModel({ ...model, 'config.json': textOf(bytes) }),
  objection: configObjection,
};

const shardIndex: Format = {
  name: 'model.safetensors.index.json',
  reference: 'JSON.parse, and the shards that are there',
  files: damagedText(String(model['model.safetensors.index.json'])),
  read: (bytes) => openModel({ ...model, 'model.safetensors.index.json': textOf(bytes) }),
  objection: (bytes) => {
    const refused = jsonObjection(bytes);
    if (refused) return refused;
    const { weight_map } = JSON.parse(textOf(bytes));
    const strange = Object.values(weight_map).filter((file) => model[String(file)] === undefined);
    return strange.length > 0 ? `no file ${strange[0]}` : undefined;
  },
};

const probe = "in the 12 \n\n 's Ünïcode 😀 <tool> a.";

/** Of a tokenizer that is accepted every token must be a row of an embedding, and what it says must be text. */
function tokenizerOf(json: unknown, settings: unknown) {
  const tokenizer = createTokenizer(json, settings);
  const ids = [...tokenizer.encode(probe), ...tokenizer.prompt([{ role: 'user', content: probe }])];
  return { ids, text: tokenizer.decode(ids) + tokenizer.show(ids), size: tokenizer.vocabularySize };
}

function tokenizerObjection(bytes: Uint8Array, found: unknown): string | undefined {
  const { ids, text, size } = found as ReturnType<typeof tokenizerOf>;
  if (!ids.every((id) => whole(id, 0) && id < size)) return `a token of no row: ${ids}, of ${size}`;
  return typeof text === 'string' ? jsonObjection(bytes) : 'no text';
}

const asJson = (bytes: Uint8Array): unknown => {
  const refused = jsonObjection(bytes);
  // As the folder refuses it before a tokenizer is made.
  return refused ? null : JSON.parse(textOf(bytes));
};

const tokenizerFile: Format = {
  name: 'tokenizer.json',
  reference: 'JSON.parse, and the rows of an embedding',
  files: fc.constantFrom('qwen2' as const, 'llama-bpe' as const, 'smollm' as const).chain((kind) => {
    return damagedText(JSON.stringify(tinyTokenizer(kind)));
  }),
  read: (bytes) => tokenizerOf(asJson(bytes), tinyTokenizerConfig),
  objection: tokenizerObjection,
};

const tokenizerConfig: Format = {
  name: 'tokenizer_config.json',
  reference: 'JSON.parse, and the rows of an embedding',
  files: damagedText(JSON.stringify(tinyTokenizerConfig)),
  read: (bytes) => tokenizerOf(tinyTokenizer('qwen2'), asJson(bytes)),
  objection: tokenizerObjection,
};

/** Of templates the library's own error is the reference: whatever does not run there is refused. */
const templates = fc
  .array(
    fc.constantFrom(
      ...['{% for m in messages %}', '{% endfor %}', '{{ m.content }}', '{{ messages[0].role }}', '{% if tools %}'],
      ...['{% endif %}', '{% set x = x ~ x %}', '{% set x = "ab" %}', '{% for i in range(99999999) %}', '{{ x }}'],
      ...['{{ x | upper | trim }}', '{{ x.__proto__ }}', '{{ x.constructor("return 1")() }}', '{%- generation %}'],
      ...['{{ raise_exception("no") }}', '{% macro f(a) %}{{ f(a) }}{% endmacro %}{{ f(1) }}', '\n', '{{', '%}', 'x'],
      ...['{{ messages | tojson(indent=99999999) }}', '{{ x.split("") | join(x) }}', '{{ x | indent(99999999) }}'],
    ),
    { maxLength: 12 },
  )
  .map((parts) => new TextEncoder().encode(parts.join('')));

const chatTemplate: Format = {
  name: 'chat template',
  reference: 'what becomes of its text',
  files: fc.oneof(templates, damagedText(tinyTokenizerConfig.chat_template)),
  read: (bytes) => tokenizerOf(tinyTokenizer('qwen2'), { ...tinyTokenizerConfig, chat_template: textOf(bytes) }),
  objection: (_, found) => {
    const { ids, text } = found as ReturnType<typeof tokenizerOf>;
    return ids.length < 1e6 && /function|\[native code\]/.test(text) ? `it reached a function: ${text}` : undefined;
  },
};

const finite = (values: Float32Array): boolean => values.every((value) => Number.isFinite(value));

function adapterObjection(bytes: Uint8Array, found: unknown): string | undefined {
  const { pairs, dropout } = found as PeftAdapter;
  if (!(dropout >= 0 && dropout < 1)) return `a dropout of ${dropout}`;
  for (const { rank, scale, a, b } of pairs.values()) {
    if (!whole(rank, 1) || !(scale > 0) || !Number.isFinite(scale)) return `rank ${rank}, scale ${scale}`;
    if (a.length !== rank * 4 || b.length !== rank * 4) return 'matrices of another size';
  }
  return jsonObjection(bytes);
}

const adapterConfig: Format = {
  name: 'adapter_config.json',
  reference: 'JSON.parse, and the sizes of its matrices',
  files: damagedText(String(adapter['adapter_config.json'])),
  read: (bytes) => openAdapter({ ...adapter, 'adapter_config.json': textOf(bytes) }),
  objection: adapterObjection,
};

const adapterBytes = new Uint8Array(await (adapter['adapter_model.safetensors'] as Blob).arrayBuffer());
const adapterWeights: Format = {
  name: 'adapter_model.safetensors',
  reference: 'the oracle of safetensors',
  files: damagedBytes(adapterBytes),
  read: (bytes) => openAdapter({ ...adapter, 'adapter_model.safetensors': blobOf(bytes) }),
  objection: (bytes, found) => {
    const { pairs } = (found ?? {}) as Partial<PeftAdapter>;
    const broken = brokenRule(bytes);
    if (broken) return broken;
    return [...(pairs?.values() ?? [])].every(({ a, b }) => finite(a) && finite(b)) ? undefined : 'NaN or infinity';
  },
};

const modelCard: Format = {
  name: 'model card',
  reference: 'a card begins with dashes',
  files: fc.oneof(
    damagedText('---\nlicense: other\nlicense_name: qwen-research\nlicense_link: LICENSE\n---\n# Tiny\n'),
    fc
      .array(fc.constantFrom('---\n', '\n'.repeat(20_000), ' '.repeat(50_000), 'license: mit\n', 'a: "', '---', '\r'))
      .map((parts) => new TextEncoder().encode(parts.join(''))),
  ),
  read: (bytes) => licenceOf(frontMatter(textOf(bytes))),
  objection: (bytes, found) => (found && !textOf(bytes).startsWith('---') ? 'it does not' : undefined),
};

export const modelFormats: readonly Format[] = [
  ...[safetensors, configFile, shardIndex, tokenizerFile, tokenizerConfig, chatTemplate],
  ...[adapterConfig, adapterWeights, modelCard],
];
