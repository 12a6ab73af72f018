/** The frozen weights of one model on the GPU, bf16 as in the file. */
import { readBf16 } from '../formats/bf16';
import type { ModelFolder } from '../formats/huggingface';
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import type { Tensor } from '../gpu/tensor';
import type { Linear } from '../ops/linear';
import type { ModelConfig } from './config';
import { type Projection, perProjection } from './projections';
import { expectedTensors } from './tensors';

export type Projections = Readonly<Record<Projection, Linear>>;

export interface LayerWeights extends Projections {
  readonly inputNorm: Tensor;
  readonly postNorm: Tensor;
}

export interface Weights {
  readonly embedding: Tensor;
  readonly layers: readonly LayerWeights[];
  readonly norm: Tensor;
  /** [vocabulary, hidden]; the embedding itself when tied. */
  readonly head: Tensor;
}

/** A model ready to compute: its config and its weights. */
export interface Model {
  readonly config: ModelConfig;
  readonly weights: Weights;
}

/** Checkpoint name of a projection of a layer, without `.weight`. */
export function projectionName(layer: number, projection: Projection): string {
  const block =
    projection === 'gate_proj' || projection === 'up_proj' || projection === 'down_proj' ? 'mlp' : 'self_attn';
  return `model.layers.${layer}.${block}.${projection}`;
}

/** Bytes written at once, and how many such writes may wait: the browser copies what waits once or twice. */
const SLICE = 16 << 20;
const IN_FLIGHT = 2;

/** Uploads the tensors that the config asks for into `arena`. */
export async function loadWeights(gpu: Gpu, arena: Arena, { config, weights }: ModelFolder): Promise<Weights> {
  const tensors = new Map<string, Tensor>();
  let waiting = 0;
  for (const name of expectedTensors(config).keys()) {
    const { source, info } = weights.get(name)!;
    const tensor = arena.tensor(name, info.shape, 'bf16');
    const words = await readBf16(source, info);
    for (let at = 0; at < words.byteLength; at += SLICE) {
      const bytes = Math.min(SLICE, words.byteLength - at);
      gpu.device.queue.writeBuffer(tensor.buffer, at, words.buffer, at, bytes);
      waiting += bytes;
      if (waiting < IN_FLIGHT * SLICE) continue;
      await gpu.device.queue.onSubmittedWorkDone();
      waiting = 0;
    }
    tensors.set(name, tensor);
  }
  await gpu.device.queue.onSubmittedWorkDone();
  return assemble(config, tensors);
}

function assemble(config: ModelConfig, tensors: ReadonlyMap<string, Tensor>): Weights {
  const named = (name: string): Tensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`weight ${name} was not loaded`);
    return tensor;
  };
  const layers = Array.from({ length: config.layers }, (_, layer): LayerWeights => {
    const linear = (projection: Projection): Linear => {
      const name = projectionName(layer, projection);
      return { weight: named(`${name}.weight`), bias: tensors.get(`${name}.bias`) };
    };
    return {
      ...perProjection(linear),
      inputNorm: named(`model.layers.${layer}.input_layernorm.weight`),
      postNorm: named(`model.layers.${layer}.post_attention_layernorm.weight`),
    };
  });
  const embedding = named('model.embed_tokens.weight');
  const head = config.tied ? embedding : named('lm_head.weight');
  return { embedding, layers, norm: named('model.norm.weight'), head };
}
