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

/** [outputs, inputs] of a projection's weight. */
export function projectionShape(config: ModelConfig, projection: Projection): readonly [number, number] {
  const { hidden, heads, kvHeads, headDim, intermediate } = config;
  const [q, kv] = [heads * headDim, kvHeads * headDim];
  const shapes: Readonly<Record<Projection, readonly [number, number]>> = {
    q_proj: [q, hidden],
    k_proj: [kv, hidden],
    v_proj: [kv, hidden],
    o_proj: [hidden, q],
    gate_proj: [intermediate, hidden],
    up_proj: [intermediate, hidden],
    down_proj: [hidden, intermediate],
  };
  return shapes[projection];
}

function layerTensors(config: ModelConfig): [string, number[]][] {
  const { hidden, headDim, biases, qkNorm } = config;
  const headNorms: [string, number[]][] = [
    ['self_attn.q_norm.weight', [headDim]],
    ['self_attn.k_norm.weight', [headDim]],
  ];
  const linear = (projection: Projection): [string, number[]][] => {
    const [outputs, inputs] = projectionShape(config, projection);
    const name = moduleName(projection);
    const bias: [string, number[]][] = biases.includes(projection) ? [[`${name}.bias`, [outputs]]] : [];
    return [[`${name}.weight`, [outputs, inputs]], ...bias];
  };
  return [
    ['input_layernorm.weight', [hidden]],
    ...linear('q_proj'),
    ...linear('k_proj'),
    ...linear('v_proj'),
    ...(qkNorm ? headNorms : []),
    ...linear('o_proj'),
    ['post_attention_layernorm.weight', [hidden]],
    ...linear('gate_proj'),
    ...linear('up_proj'),
    ...linear('down_proj'),
  ];
}
