/** `config.json` of a Hugging Face folder: which architecture, which sizes. Refuses what the kernels do not compute. */
import { StudioError } from '../studioError';

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
  readonly ropeTheta: number;
  readonly rmsEps: number;
  /** The head is the embedding. */
  readonly tied: boolean;
  readonly qkvBias: boolean;
  /** Tokens that end an answer, the chat's end token first. */
  readonly endTokens: readonly number[];
}

type Json = Readonly<Record<string, unknown>>;

const KNOWN = 'Qwen2ForCausalLM';

/**
 * Reads the parsed `config.json` and, if there is one, `generation_config.json` (its end tokens count first).
 * Throws a StudioError: `unknown-architecture`, or `config-invalid` with the `field`.
 */
export function parseConfig(json: unknown, generationConfig?: unknown): ModelConfig {
  if (!isObject(json)) throw refuse('(the whole file)', 'it is not a JSON object');
  checkArchitecture(json);
  refuseVariants(json);
  const hidden = size(json, 'hidden_size');
  const heads = size(json, 'num_attention_heads');
  const config: ModelConfig = {
    architecture: KNOWN,
    hidden,
    layers: size(json, 'num_hidden_layers'),
    heads,
    kvHeads: size(json, 'num_key_value_heads', heads),
    headDim: size(json, 'head_dim', hidden / heads),
    intermediate: size(json, 'intermediate_size'),
    vocabulary: size(json, 'vocab_size'),
    context: size(json, 'max_position_embeddings'),
    ropeTheta: positive(ropeParameters(json), 'rope_theta', 10_000),
    rmsEps: positive(json, 'rms_norm_eps', 1e-6),
    tied: flag(json, 'tie_word_embeddings'),
    qkvBias: true,
    endTokens: endTokens(json, generationConfig),
  };
  checkHeads(config);
  for (const id of config.endTokens) {
    if (id >= config.vocabulary)
      throw refuse('eos_token_id', `${id} is outside the vocabulary of ${config.vocabulary}`);
  }
  return config;
}

function checkArchitecture(json: Json): void {
  const named: unknown = Array.isArray(json.architectures) ? json.architectures[0] : undefined;
  const found = String(named ?? json.model_type ?? 'not stated');
  if (found === KNOWN || (named === undefined && found === 'qwen2')) return;
  const message = `The model's architecture is ${found}; the studio trains ${KNOWN} (Qwen2 and Qwen2.5).`;
  throw new StudioError('unknown-architecture', message, { found, known: KNOWN });
}

/** Settings that change the arithmetic: better refused than silently computed wrong. */
function refuseVariants(json: Json): void {
  const activation = json.hidden_act ?? 'silu';
  if (activation !== 'silu') throw refuse('hidden_act', `only silu is supported, but it is ${String(activation)}`);
  if (json.use_sliding_window === true) throw refuse('use_sliding_window', 'sliding-window attention is not supported');
  if (isObject(json.quantization_config)) throw refuse('quantization_config', 'quantised weights are not supported');
  const scaling = isObject(json.rope_scaling) ? json.rope_scaling : ropeParameters(json);
  const kind = scaling.rope_type ?? scaling.type ?? 'default';
  if (kind !== 'default')
    throw refuse('rope_scaling', `only unscaled positions are supported, but it is ${String(kind)}`);
}

/** Transformers 5 writes `rope_parameters: { rope_theta, rope_type }`; before, `rope_theta` stood at the top. */
function ropeParameters(json: Json): Json {
  return isObject(json.rope_parameters) ? json.rope_parameters : json;
}

function checkHeads({ heads, kvHeads, headDim }: ModelConfig): void {
  if (heads % kvHeads !== 0) throw refuse('num_key_value_heads', `${heads} heads cannot share ${kvHeads} evenly`);
  if (headDim % 4 !== 0) throw refuse('head_dim', `it must be a multiple of 4, but it is ${headDim}`);
}

function endTokens(json: Json, generationConfig: unknown): readonly number[] {
  const generation = isObject(generationConfig) ? generationConfig.eos_token_id : undefined;
  const ids: unknown[] = [generation ?? json.eos_token_id ?? []].flat();
  const valid = ids.filter((id): id is number => Number.isSafeInteger(id) && Number(id) >= 0);
  if (valid.length === 0 || valid.length < ids.length)
    throw refuse('eos_token_id', 'it must name the token that ends an answer');
  return [...new Set(valid)];
}

function size(json: Json, field: string, preset?: number): number {
  const value = json[field] ?? preset;
  if (value === undefined) throw refuse(field, 'it is missing');
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw refuse(field, `it must be a whole number above 0, but it is ${JSON.stringify(value)}`);
}

function positive(json: Json, field: string, preset: number): number {
  const value = json[field] ?? preset;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw refuse(field, `it must be a number above 0, but it is ${JSON.stringify(value)}`);
}

function flag(json: Json, field: string): boolean {
  const value = json[field] ?? false;
  if (typeof value === 'boolean') return value;
  throw refuse(field, `it must be true or false, but it is ${JSON.stringify(value)}`);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(field: string, reason: string): StudioError {
  return new StudioError('config-invalid', `config.json cannot be used because of "${field}": ${reason}.`, {
    field,
    reason,
  });
}
