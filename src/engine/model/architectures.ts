/** The decoders that the studio computes, and what they leave to their config: biases, norms of heads, positions. */
import type { Rotary, RotaryScaling } from '../rotary';
import { StudioError, shorten, shown } from '../studioError';
import { flag, isObject, type Json, positive, refuse } from './configFields';
import { type Projection, projections } from './projections';

interface Architecture {
  readonly modelType: string;
  /** Projections that have a bias. */
  readonly biases: (json: Json) => readonly Projection[];
  /** Whether every head of queries and keys is normed. */
  readonly qkNorm: boolean;
  /** Where the config states none; else hidden size by heads. */
  readonly headDim?: number;
}

const attention = ['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const;
const mlp = ['gate_proj', 'up_proj', 'down_proj'] as const;

const architectures: Readonly<Record<string, Architecture>> = {
  // Qwen2 and Qwen2.5.
  Qwen2ForCausalLM: { modelType: 'qwen2', qkNorm: false, biases: () => ['q_proj', 'k_proj', 'v_proj'] },
  Qwen3ForCausalLM: {
    modelType: 'qwen3',
    qkNorm: true,
    headDim: 128,
    biases: (json) => (flag(json, 'attention_bias') ? attention : []),
  },
  // Llama 3 and SmolLM2 among others.
  LlamaForCausalLM: {
    modelType: 'llama',
    qkNorm: false,
    biases: (json) => {
      const [inAttention, inMlp] = [flag(json, 'attention_bias'), flag(json, 'mlp_bias')];
      return projections.filter((name) => (mlp.some((other) => other === name) ? inMlp : inAttention));
    },
  },
};

/** What the config's architecture is and asks for. Throws a StudioError `unknown-architecture`. */
export function architectureOf(json: Json) {
  const named: unknown = Array.isArray(json.architectures) ? json.architectures[0] : undefined;
  const stated = named ?? json.model_type ?? 'not stated';
  const found = typeof stated === 'string' ? shorten(stated) : shown(stated);
  const known = Object.entries(architectures).find(([name, { modelType }]) => {
    return found === name || (named === undefined && found === modelType);
  });
  if (known) {
    const [name, { biases, qkNorm, headDim }] = known;
    return { name, biases: biases(json), qkNorm, headDim };
  }
  const names = Object.keys(architectures).join(', ');
  const message = `The model's architecture is ${found}; the studio trains ${names} (Qwen2, Qwen2.5, Qwen3, Llama 3, SmolLM2).`;
  throw new StudioError('unknown-architecture', message, { found, known: names });
}

/** Settings that change the arithmetic: better refused than silently computed wrong. */
export function refuseVariants(json: Json): void {
  const activation = json.hidden_act ?? 'silu';
  if (activation !== 'silu') throw refuse('hidden_act', `only silu is supported, but it is ${shown(activation)}`);
  if (json.use_sliding_window === true) throw refuse('use_sliding_window', 'sliding-window attention is not supported');
  const layerTypes: unknown[] = Array.isArray(json.layer_types) ? json.layer_types : [];
  const other = layerTypes.find((type) => type !== 'full_attention');
  if (other !== undefined)
    throw refuse('layer_types', `only full_attention is supported, but there is ${shown(other)}`);
  if (json.rope_interleaved === true) throw refuse('rope_interleaved', 'interleaved positions are not supported');
  if (json.partial_rotary_factor !== undefined && json.partial_rotary_factor !== 1)
    throw refuse('partial_rotary_factor', 'positions in a part of a head are not supported');
  if (isObject(json.quantization_config)) throw refuse('quantization_config', 'quantised weights are not supported');
}

/** Transformers 5 writes `rope_parameters: { rope_theta, rope_type, … }`; before, `rope_theta` and `rope_scaling`. */
export function rotaryOf(json: Json): Rotary {
  const parameters = isObject(json.rope_parameters) ? json.rope_parameters : json;
  const theta = positive(parameters, 'rope_theta', 10_000);
  const scaling = isObject(json.rope_scaling) ? json.rope_scaling : parameters;
  const kind = scaling.rope_type ?? scaling.type ?? 'default';
  if (kind === 'default') return { theta };
  if (kind === 'llama3') return { theta, scaling: llama3(scaling) };
  throw refuse('rope_scaling', `only unscaled and llama3 positions are supported, but it is ${shown(kind)}`);
}

function llama3(json: Json): RotaryScaling {
  const scaling = {
    factor: positive(json, 'factor'),
    lowFrequencyFactor: positive(json, 'low_freq_factor'),
    highFrequencyFactor: positive(json, 'high_freq_factor'),
    originalContext: positive(json, 'original_max_position_embeddings'),
  };
  if (scaling.lowFrequencyFactor < scaling.highFrequencyFactor) return scaling;
  throw refuse('low_freq_factor', 'it must be below high_freq_factor');
}
