/** A model folder and an adapter, whole and tiny, as files by name: what the fuzzers damage. */
import { openFolder } from '../../src/engine/formats/folder';
import { openModelFolder } from '../../src/engine/formats/huggingface';
import { readPeft } from '../../src/engine/formats/peft';
import { writeSafetensors } from '../../src/engine/formats/safetensors';
import { parseConfig } from '../../src/engine/model/config';
import { expectedTensors } from '../../src/engine/model/tensors';

export const config = {
  ...{ architectures: ['Qwen2ForCausalLM'], hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2 },
  ...{ num_key_value_heads: 1, intermediate_size: 4, vocab_size: 4, max_position_embeddings: 8, eos_token_id: 3 },
  ...{
    hidden_act: 'silu',
    rope_parameters: { rope_theta: 1e4, rope_type: 'default' },
    layer_types: ['full_attention'],
  },
};
const tensors = [...expectedTensors(parseConfig(config))].map(([name, shape]) => {
  return { name, dtype: 'BF16', shape, data: new Uint8Array(2 * shape.reduce((a, b) => a * b, 1)) };
});
const shard = 'model-00001-of-00001.safetensors';
export const model: Record<string, string | Blob> = {
  'config.json': JSON.stringify(config),
  'generation_config.json': '{"eos_token_id":[3,2]}',
  'tokenizer.json': '{"model":{}}',
  'tokenizer_config.json': '{"chat_template":"{{ messages }}"}',
  'model.safetensors.index.json': JSON.stringify({
    weight_map: Object.fromEntries(tensors.map(({ name }) => [name, shard])),
  }),
  [shard]: writeSafetensors(tensors),
};

const module = 'model.layers.0.self_attn.q_proj';
export const adapter: Record<string, string | Blob> = {
  'adapter_config.json': JSON.stringify({
    ...{ peft_type: 'LORA', r: 2, lora_alpha: 4, lora_dropout: 0.1, target_modules: ['q_proj'], bias: 'none' },
    ...{ use_rslora: false, rank_pattern: {}, alpha_pattern: {}, modules_to_save: null },
  }),
  'adapter_model.safetensors': writeSafetensors(
    ['A', 'B'].map((part) => ({
      ...{ name: `base_model.model.${module}.lora_${part}.weight`, dtype: 'F32' },
      ...{ shape: part === 'A' ? [2, 4] : [4, 2], data: new Uint8Array(32) },
    })),
  ),
};

export type Files = Readonly<Record<string, string | Blob>>;
export const filesOf = (files: Files) => Object.entries(files).map(([name, content]) => new File([content], name));
export const openModel = (files: Files) => openModelFolder({ kind: 'files', name: 'tiny', files: filesOf(files) });
export const openAdapter = (files: Files) =>
  readPeft(openFolder({ kind: 'files', name: 'tiny', files: filesOf(files) }), new Map([[module, [4, 4]]]));
