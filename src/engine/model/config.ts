/** `config.json` of a Hugging Face folder: which architecture, which sizes. Refuses what the kernels do not compute. */
import type { Rotary } from '../rotary';
import { architectureOf, refuseVariants, rotaryOf } from './architectures';
import { flag, isObject, type Json, positive, refuse, size } from './configFields';
import type { Projection } from './projections';

export interface ModelConfig {
  readonly architecture: string;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediate: number;
  /** Rows of the embedding: often more than the tokenizer has tokens. */
  readonly vocabulary: number;
  /** Most tokens in one sequence. */
  readonly context: number;
  readonly rotary: Rotary;
  readonly rmsEps: number;
  /** The head is the embedding. */
  readonly tied: boolean;
  /** Projections that have a bias. */
  readonly biases: readonly Projection[];
  /** Every head of queries and keys is normed, as in Qwen3. */
  readonly qkNorm: boolean;
  /** Tokens that end an answer, the chat's end token first. */
  readonly endTokens: readonly number[];
  /** Of `generation_config.json`; 1, which is none, when it states none. */
  readonly repetitionPenalty: number;
}

/** Many times those of any model of these families: a larger number would fill the memory with names of tensors. */
const MAX_LAYERS = 1000;

/**
 * Reads the parsed `config.json` and, if there is one, `generation_config.json` (its end tokens count first).
 * Throws a StudioError: `unknown-architecture`, or `config-invalid` with the `field`.
 */
export function parseConfig(json: unknown, generationConfig?: unknown): ModelConfig {
  if (!isObject(json)) throw refuse('(the whole file)', 'it is not a JSON object');
  const { name: architecture, biases, qkNorm, headDim } = architectureOf(json);
  refuseVariants(json);
  const hidden = size(json, 'hidden_size');
  const heads = size(json, 'num_attention_heads');
  const config: ModelConfig = {
    architecture,
    hidden,
    layers: size(json, 'num_hidden_layers'),
    heads,
    kvHeads: size(json, 'num_key_value_heads', heads),
    headDim: size(json, 'head_dim', headDim ?? hidden / heads),
    intermediate: size(json, 'intermediate_size'),
    vocabulary: size(json, 'vocab_size'),
    context: size(json, 'max_position_embeddings'),
    rotary: rotaryOf(json),
    rmsEps: positive(json, 'rms_norm_eps', 1e-6),
    tied: flag(json, 'tie_word_embeddings'),
    biases,
    qkNorm,
    endTokens: endTokens(json, generationConfig),
    repetitionPenalty: positive(isObject(generationConfig) ? generationConfig : {}, 'repetition_penalty', 1),
  };
  if (config.layers > MAX_LAYERS)
    throw refuse('num_hidden_layers', `it must be at most ${MAX_LAYERS}, but it is ${config.layers}`);
  checkHeads(config);
  for (const id of config.endTokens) {
    if (id >= config.vocabulary)
      throw refuse('eos_token_id', `${id} is outside the vocabulary of ${config.vocabulary}`);
  }
  return config;
}

function checkHeads({ heads, kvHeads, headDim }: ModelConfig): void {
  if (heads % kvHeads !== 0) throw refuse('num_key_value_heads', `${heads} heads cannot share ${kvHeads} evenly`);
  if (headDim % 2 !== 0) throw refuse('head_dim', `it must be even, but it is ${headDim}`);
}

function endTokens(json: Json, generationConfig: unknown): readonly number[] {
  const generation = isObject(generationConfig) ? generationConfig.eos_token_id : undefined;
  const ids: unknown[] = [generation ?? json.eos_token_id ?? []].flat();
  const valid = ids.filter((id): id is number => Number.isSafeInteger(id) && Number(id) >= 0);
  if (valid.length === 0 || valid.length < ids.length)
    throw refuse('eos_token_id', 'it must name the token that ends an answer');
  return [...new Set(valid)];
}
