import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/engine/model/config';
import { expectedTensors, parameterCount } from '../../src/engine/model/tensors';
import { StudioError } from '../../src/engine/studioError';
import { qwenJson } from '../support/qwen';

const published = (size: string) => {
  const generation = size === '7B' || size === '3B' ? size : '0.5B-and-1.5B';
  return parseConfig(
    qwenJson(`config-Qwen2.5-${size}-Instruct.json`),
    qwenJson(`generation_config-Qwen2.5-${generation}-Instruct.json`),
  );
};

describe('the published configs', () => {
  it('0.5B', () => {
    expect(published('0.5B')).toEqual({
      ...{
        architecture: 'Qwen2ForCausalLM',
        hidden: 896,
        layers: 24,
        heads: 14,
        kvHeads: 2,
        headDim: 64,
        intermediate: 4864,
      },
      ...{
        vocabulary: 151936,
        context: 32768,
        rotary: { theta: 1e6 },
        rmsEps: 1e-6,
        tied: true,
        biases: ['q_proj', 'k_proj', 'v_proj'],
        qkNorm: false,
        endTokens: [151645, 151643],
        repetitionPenalty: 1.1,
      },
    });
  });

  it.each([
    ['1.5B', 1536, 28, 12, 128, 8960, 151936, true],
    ['3B', 2048, 36, 16, 128, 11008, 151936, true],
    ['7B', 3584, 28, 28, 128, 18944, 152064, false],
  ] as const)('%s', (size, hidden, layers, heads, headDim, intermediate, vocabulary, tied) => {
    expect(published(size)).toMatchObject({ hidden, layers, heads, headDim, intermediate, vocabulary, tied });
  });

  // The totals that the model cards state: 0.49, 1.54, 3.09 and 7.61 billion.
  it.each([
    ['0.5B', 494_032_768],
    ['1.5B', 1_543_714_304],
    ['3B', 3_085_938_688],
    ['7B', 7_615_616_512],
  ])('%s has %i parameters', (size, count) => expect(parameterCount(published(size))).toBe(count));
});

const tiny = {
  ...{
    architectures: ['Qwen2ForCausalLM'],
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 12,
  },
  ...{ vocab_size: 20, max_position_embeddings: 64, eos_token_id: 3 },
};

describe('what a config may leave out', () => {
  it('has the defaults of transformers', () => {
    expect(parseConfig(tiny)).toMatchObject({
      kvHeads: 2,
      headDim: 4,
      rotary: { theta: 10_000 },
      rmsEps: 1e-6,
      tied: false,
      endTokens: [3],
    });
  });

  it('takes the rotary base where newer versions write it', () => {
    expect(parseConfig({ ...tiny, rope_parameters: { rope_theta: 5e5, rope_type: 'default' } }).rotary).toEqual({
      theta: 5e5,
    });
  });

  it('takes the model type for the architecture', () => {
    const { architectures, ...rest } = tiny;
    expect(architectures).toHaveLength(1);
    expect(parseConfig({ ...rest, model_type: 'qwen2' }).architecture).toBe('Qwen2ForCausalLM');
  });

  it('lists the tensors, the head only when it is not tied', () => {
    const tensors = expectedTensors(parseConfig({ ...tiny, num_key_value_heads: 1, head_dim: 8 }));
    expect(tensors.get('model.layers.0.self_attn.q_proj.weight')).toEqual([16, 8]);
    expect(tensors.get('model.layers.0.self_attn.k_proj.bias')).toEqual([8]);
    expect(tensors.get('model.layers.0.self_attn.o_proj.weight')).toEqual([8, 16]);
    expect(tensors.get('model.layers.0.mlp.down_proj.weight')).toEqual([8, 12]);
    expect(tensors.get('lm_head.weight')).toEqual([20, 8]);
    expect(tensors.size).toBe(15);
    expect(expectedTensors(parseConfig({ ...tiny, tie_word_embeddings: true })).has('lm_head.weight')).toBe(false);
  });
});

describe('the other families', () => {
  const llama = { ...tiny, architectures: ['LlamaForCausalLM'] };
  const scaling = {
    ...{ rope_type: 'llama3', factor: 32, low_freq_factor: 1, high_freq_factor: 4 },
    original_max_position_embeddings: 8192,
  };

  it('Llama has no biases unless it says so, and scaled positions, in the old place or the new', () => {
    const rotary = {
      theta: 5e5,
      scaling: { factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192 },
    };
    const old = parseConfig({ ...llama, rope_theta: 5e5, rope_scaling: scaling });
    expect(old).toMatchObject({ biases: [], qkNorm: false, rotary });
    expect(parseConfig({ ...llama, rope_parameters: { ...scaling, rope_theta: 5e5 } }).rotary).toEqual(rotary);
    expect(parseConfig({ ...llama, attention_bias: true }).biases).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj']);
    expect(expectedTensors(old).has('model.layers.0.self_attn.q_proj.bias')).toBe(false);
  });

  it('Qwen3 norms its heads, which are 128 wide unless it says otherwise', () => {
    const config = parseConfig({ ...tiny, architectures: ['Qwen3ForCausalLM'] });
    expect(config).toMatchObject({ biases: [], qkNorm: true, headDim: 128 });
    expect(expectedTensors(config).get('model.layers.0.self_attn.k_norm.weight')).toEqual([128]);
    expect(parseConfig({ ...tiny, model_type: 'qwen3', architectures: undefined, head_dim: 8 }).headDim).toBe(8);
  });
});

/** As their authors publish them, fields that say nothing of the arithmetic included. */
describe('published configs of the other families', () => {
  const dated = { bos_token_id: 128000, eos_token_id: [128001, 128008, 128009], hidden_act: 'silu', pretraining_tp: 1 };
  const llama3 = {
    ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', attention_bias: false, attention_dropout: 0.0 },
    ...{
      mlp_bias: false,
      initializer_range: 0.02,
      max_position_embeddings: 131072,
      num_attention_heads: 32,
      head_dim: 64,
    },
    ...{ num_key_value_heads: 8, rms_norm_eps: 1e-5, rope_theta: 500000.0, tie_word_embeddings: true, use_cache: true },
    ...{
      hidden_size: 2048,
      intermediate_size: 8192,
      num_hidden_layers: 16,
      vocab_size: 128256,
      torch_dtype: 'bfloat16',
    },
    rope_scaling: {
      ...{ factor: 32.0, high_freq_factor: 4.0, low_freq_factor: 1.0 },
      ...{ original_max_position_embeddings: 8192, rope_type: 'llama3' },
    },
    transformers_version: '4.45.0.dev0',
  };
  const smollm2 = {
    ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', attention_bias: false, attention_dropout: 0.0 },
    ...{
      bos_token_id: 1,
      eos_token_id: 2,
      pad_token_id: 2,
      hidden_act: 'silu',
      initializer_range: 0.041666666666666664,
    },
    ...{
      hidden_size: 576,
      intermediate_size: 1536,
      is_llama_config: true,
      max_position_embeddings: 8192,
      mlp_bias: false,
    },
    ...{ num_attention_heads: 9, num_hidden_layers: 30, num_key_value_heads: 3, pretraining_tp: 1, rms_norm_eps: 1e-5 },
    ...{
      rope_interleaved: false,
      rope_scaling: null,
      rope_theta: 100000,
      tie_word_embeddings: true,
      vocab_size: 49152,
    },
    ...{ torch_dtype: 'bfloat16', 'transformers.js_config': { dtype: 'q4' }, use_cache: true },
  };
  const qwen3 = {
    ...{ architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', attention_bias: false, attention_dropout: 0.0 },
    ...{ bos_token_id: 151643, eos_token_id: 151645, head_dim: 128, hidden_act: 'silu', hidden_size: 1024 },
    ...{ initializer_range: 0.02, intermediate_size: 3072, max_position_embeddings: 40960, max_window_layers: 28 },
    ...{
      num_attention_heads: 16,
      num_hidden_layers: 28,
      num_key_value_heads: 8,
      rms_norm_eps: 1e-6,
      rope_scaling: null,
    },
    ...{
      rope_theta: 1000000,
      sliding_window: null,
      tie_word_embeddings: true,
      torch_dtype: 'bfloat16',
      use_cache: true,
    },
    ...{ use_sliding_window: false, vocab_size: 151936 },
  };

  // Parameters as the model cards state them: 1.24 B, 135 M, 0.6 B.
  it.each([
    ['Llama-3.2-1B-Instruct', { ...llama3, ...dated }, 64, 4, 1_235_814_400],
    ['SmolLM2-135M-Instruct', smollm2, 64, 3, 134_515_008],
    ['Qwen3-0.6B', qwen3, 128, 2, 596_049_920],
  ] as const)('%s', (_name, json, headDim, groups, parameters) => {
    const config = parseConfig(json);
    expect([config.headDim, config.heads / config.kvHeads]).toEqual([headDim, groups]);
    expect(parameterCount(config)).toBe(parameters);
  });

  it('Transformers 5 writes the same models with their positions in one place', () => {
    const { rope_scaling, rope_theta, ...rest } = llama3;
    const renewed = { ...rest, ...dated, rope_parameters: { ...rope_scaling, rope_theta }, dtype: 'bfloat16' };
    expect(parseConfig(renewed)).toEqual(parseConfig({ ...llama3, ...dated }));
    const layer_types = new Array<string>(28).fill('full_attention');
    expect(parseConfig({ ...qwen3, layer_types })).toEqual(parseConfig(qwen3));
  });
});

describe('configs that cannot be used', () => {
  const refusal = (json: unknown, generation?: unknown): StudioError => {
    try {
      parseConfig(json, generation);
    } catch (error) {
      if (error instanceof StudioError) return error;
      throw error;
    }
    throw new Error(`accepted: ${JSON.stringify(json)}`);
  };

  it.each([
    [{ ...tiny, architectures: ['MistralForCausalLM'] }, 'MistralForCausalLM'],
    [
      { ...tiny, architectures: ['Qwen2ForSequenceClassification'], model_type: 'qwen2' },
      'Qwen2ForSequenceClassification',
    ],
    [{ model_type: 'gpt2' }, 'gpt2'],
    [{}, 'not stated'],
  ])('unknown architecture of %j', (json, found) => {
    const error = refusal(json);
    expect(error.code).toBe('unknown-architecture');
    expect(error.detail.found).toBe(found);
    expect(error.message).toContain(found);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ hidden_size: undefined }, 'hidden_size'],
    [{ hidden_size: '896' }, 'hidden_size'],
    [{ num_hidden_layers: 0 }, 'num_hidden_layers'],
    [{ num_hidden_layers: 1.5 }, 'num_hidden_layers'],
    [{ num_hidden_layers: 1001 }, 'num_hidden_layers'],
    [{ hidden_size: 9 }, 'head_dim'],
    [{ head_dim: 3 }, 'head_dim'],
    [{ hidden_size: 10 }, 'head_dim'],
    [{ num_attention_heads: 2, num_key_value_heads: 3 }, 'num_key_value_heads'],
    [{ rms_norm_eps: -1 }, 'rms_norm_eps'],
    [{ rope_theta: 'big' }, 'rope_theta'],
    [{ rope_scaling: { type: 'yarn', factor: 4 } }, 'rope_scaling'],
    [{ rope_parameters: { rope_theta: 1e6, rope_type: 'linear' } }, 'rope_scaling'],
    [{ use_sliding_window: true }, 'use_sliding_window'],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, 'layer_types'],
    [{ rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'low_freq_factor'],
    [{ rope_interleaved: true }, 'rope_interleaved'],
    [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor'],
    [{ hidden_act: 'gelu' }, 'hidden_act'],
    [{ quantization_config: { bits: 4 } }, 'quantization_config'],
    [{ tie_word_embeddings: 1 }, 'tie_word_embeddings'],
    [{ eos_token_id: null }, 'eos_token_id'],
    [{ eos_token_id: 20 }, 'eos_token_id'],
    [{ eos_token_id: [3, -1] }, 'eos_token_id'],
  ])('%j', (change, field) => {
    const error = refusal({ ...tiny, ...change });
    expect([error.code, error.detail.field]).toEqual(['config-invalid', field]);
    expect(error.message).toContain(`"${field}"`);
  });

  it('a file that is no object', () => {
    for (const json of [null, [], 'x']) expect(refusal(json).code).toBe('config-invalid');
  });

  it('takes the generation config’s repetition penalty, if it states one', () => {
    expect(published('3B').repetitionPenalty).toBe(1.05);
    expect(parseConfig(tiny, {}).repetitionPenalty).toBe(1);
    expect(refusal(tiny, { repetition_penalty: 0 }).detail.field).toBe('repetition_penalty');
  });

  it('takes the generation config’s end tokens first', () => {
    expect(parseConfig(tiny, { eos_token_id: [5, 3, 5] }).endTokens).toEqual([5, 3]);
    expect(parseConfig(tiny, {}).endTokens).toEqual([3]);
    expect(refusal(tiny, { eos_token_id: [99] }).detail.field).toBe('eos_token_id');
  });
});
