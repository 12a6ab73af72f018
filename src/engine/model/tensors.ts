/** The tensors of a Qwen2 checkpoint: names and shapes, as its config asks for them. */
import type { ModelConfig } from './config';

/** Checkpoint name → shape. Linear weights are [out, in]. A tied head has no tensor of its own. */
export function expectedTensors(config: ModelConfig): ReadonlyMap<string, readonly number[]> {
  const { hidden, vocabulary, tied } = config;
  const tensors = new Map<string, readonly number[]>([['model.embed_tokens.weight', [vocabulary, hidden]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [name, shape] of layerTensors(config)) tensors.set(`model.layers.${layer}.${name}`, shape);
  }
  tensors.set('model.norm.weight', [hidden]);
  if (!tied) tensors.set('lm_head.weight', [vocabulary, hidden]);
  return tensors;
}

/** Weights in the model, the tied head counted once. */
export function parameterCount(config: ModelConfig): number {
  let count = 0;
  for (const shape of expectedTensors(config).values()) count += shape.reduce((product, size) => product * size, 1);
  return count;
}

function layerTensors({ hidden, heads, kvHeads, headDim, intermediate, qkvBias }: ModelConfig): [string, number[]][] {
  const [q, kv] = [heads * headDim, kvHeads * headDim];
  const biases: [string, number[]][] = [
    ['self_attn.q_proj.bias', [q]],
    ['self_attn.k_proj.bias', [kv]],
    ['self_attn.v_proj.bias', [kv]],
  ];
  return [
    ['input_layernorm.weight', [hidden]],
    ['self_attn.q_proj.weight', [q, hidden]],
    ['self_attn.k_proj.weight', [kv, hidden]],
    ['self_attn.v_proj.weight', [kv, hidden]],
    ...(qkvBias ? biases : []),
    ['self_attn.o_proj.weight', [hidden, q]],
    ['post_attention_layernorm.weight', [hidden]],
    ['mlp.gate_proj.weight', [intermediate, hidden]],
    ['mlp.up_proj.weight', [intermediate, hidden]],
    ['mlp.down_proj.weight', [hidden, intermediate]],
  ];
}
