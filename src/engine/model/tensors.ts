/** The tensors of a checkpoint: names and shapes, as its config asks for them. */
import type { ModelConfig } from './config';
import { moduleName, type Projection } from './projections';

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

function layerTensors(config: ModelConfig): [string, number[]][] {
  const { hidden, heads, kvHeads, headDim, intermediate, biases, qkNorm } = config;
  const [q, kv] = [heads * headDim, kvHeads * headDim];
  const headNorms: [string, number[]][] = [
    ['self_attn.q_norm.weight', [headDim]],
    ['self_attn.k_norm.weight', [headDim]],
  ];
  const linear = (projection: Projection, outputs: number, inputs: number): [string, number[]][] => {
    const name = moduleName(projection);
    const bias: [string, number[]][] = biases.includes(projection) ? [[`${name}.bias`, [outputs]]] : [];
    return [[`${name}.weight`, [outputs, inputs]], ...bias];
  };
  return [
    ['input_layernorm.weight', [hidden]],
    ...linear('q_proj', q, hidden),
    ...linear('k_proj', kv, hidden),
    ...linear('v_proj', kv, hidden),
    ...(qkNorm ? headNorms : []),
    ...linear('o_proj', hidden, q),
    ['post_attention_layernorm.weight', [hidden]],
    ...linear('gate_proj', intermediate, hidden),
    ...linear('up_proj', intermediate, hidden),
    ...linear('down_proj', hidden, intermediate),
  ];
}
