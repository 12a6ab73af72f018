/** What a GGUF file says of the model itself: its name and origin, and the sizes that llama.cpp builds it from. */
import type { ModelConfig } from '../../model/config';
import { StudioError } from '../../studioError';
import type { GgufMetadata, GgufValue } from './container';
import type { GgufForm } from './tensors';

/** What the files of the model do not say. */
export interface GgufFacts {
  readonly name: string;
  /** As model cards name it: `apache-2.0`, `other`. */
  readonly licence?: string | undefined;
  /** `other`'s own name and where its text is, as model cards have them. */
  readonly licenceName?: string | undefined;
  readonly licenceLink?: string | undefined;
  /** What the model was made from: `owner/name` on the Hub, or another name. */
  readonly baseModels?: readonly string[] | undefined;
}

const architectures: Readonly<Record<string, string>> = {
  Qwen2ForCausalLM: 'qwen2',
  Qwen3ForCausalLM: 'qwen3',
  LlamaForCausalLM: 'llama',
};

/** `llama_ftype` of llama.cpp. */
const fileTypes: Readonly<Record<GgufForm, number>> = { f16: 1, q8_0: 7, bf16: 32 };
const QUANTIZATION_VERSION = 2;

export const u32 = (value: number): GgufValue => ({ kind: 'u32', value });
export const text = (value: string): GgufValue => ({ kind: 'text', value });
const f32 = (value: number): GgufValue => ({ kind: 'f32', value });

/** Throws a StudioError `gguf-architecture` for what llama.cpp builds otherwise. */
export function modelMetadata(config: ModelConfig, form: GgufForm, facts: GgufFacts): GgufMetadata {
  const architecture = architectureOf(config);
  return [
    ['general.architecture', text(architecture)],
    ['general.type', text('model')],
    ...origin(facts),
    ...sizes(config).map(([key, value]) => [`${architecture}.${key}`, value] as const),
    ['general.file_type', u32(fileTypes[form])],
    ['general.quantization_version', u32(QUANTIZATION_VERSION)],
  ];
}

function architectureOf({ architecture, heads, headDim, hidden, biases }: ModelConfig): string {
  const found = architectures[architecture];
  if (found === undefined) throw refuse(architecture, 'it does not know this architecture');
  // Its loader asks for tensors of other shapes, or for fewer.
  if (found === 'qwen2' && heads * headDim !== hidden)
    throw refuse(architecture, `its ${heads} heads of ${headDim} must be as wide together as the model, ${hidden}`);
  if (found !== 'llama' && biases.includes('o_proj')) throw refuse(architecture, 'it reads no bias for o_proj');
  return found;
}

function refuse(architecture: string, reason: string): StudioError {
  const message = `llama.cpp cannot load this ${architecture}: ${reason}.`;
  return new StudioError('gguf-architecture', message, { architecture, reason });
}

function origin({ name, licence, licenceName, licenceLink, baseModels = [] }: GgufFacts): GgufMetadata {
  const stated = [
    ['general.name', name],
    ['general.license', licence],
    ['general.license.name', licenceName],
    ['general.license.link', licenceLink],
  ] as const;
  const found = stated.flatMap(([key, value]) => (value === undefined ? [] : [[key, text(value)] as const]));
  if (baseModels.length === 0) return found;
  return [...found, ['general.base_model.count', u32(baseModels.length)], ...baseModels.flatMap(baseModel)];
}

function baseModel(id: string, index: number): GgufMetadata {
  const key = `general.base_model.${index}`;
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(id) ?? [];
  if (owner === undefined || name === undefined) return [[`${key}.name`, text(id)]];
  return [
    [`${key}.name`, text(name)],
    [`${key}.organization`, text(owner)],
    [`${key}.repo_url`, text(`https://huggingface.co/${id}`)],
  ];
}

function sizes(config: ModelConfig): GgufMetadata {
  return [
    ['vocab_size', u32(config.vocabulary)],
    ['context_length', u32(config.context)],
    ['embedding_length', u32(config.hidden)],
    ['block_count', u32(config.layers)],
    ['feed_forward_length', u32(config.intermediate)],
    ['attention.head_count', u32(config.heads)],
    ['attention.head_count_kv', u32(config.kvHeads)],
    ['attention.key_length', u32(config.headDim)],
    ['attention.value_length', u32(config.headDim)],
    ['attention.layer_norm_rms_epsilon', f32(config.rmsEps)],
    ['rope.dimension_count', u32(config.headDim)],
    ['rope.freq_base', f32(config.rotary.theta)],
  ];
}
