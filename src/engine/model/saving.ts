/** A model's weights on their way out: read back from the GPU tensor by tensor, an adapter merged in on the way. */
import type { OutgoingTensor } from '../formats/shards';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { GpuRecorder } from '../gpu/recorder';
import { elements, type Tensor } from '../gpu/tensor';
import { downloadPieces } from '../gpu/transfer';
import * as lora from '../ops/lora';
import type { LoraAdapter } from './lora';
import { checkMerge } from './mergeCheck';
import { projections } from './projections';
import { expectedTensors } from './tensors';
import { type Band, type Model, projectionName } from './weights';

/** Every tensor of the checkpoint, in bf16. With an adapter: what merging it gives, one projection at a time in memory. */
export function outgoingTensors(gpu: Gpu, model: Model, adapter?: LoraAdapter): OutgoingTensor[] {
  const bands = bandsByName(model);
  const pairs = adapter ? pairsByName(adapter) : new Map<string, lora.Adapter>();
  return [...expectedTensors(model.config)].map(([name, shape]): OutgoingTensor => {
    const found = bands.get(name) ?? [];
    const pair = pairs.get(name);
    const pieces = pair ? () => mergedPieces(gpu, name, pair, found[0]!.weight) : () => plainPieces(gpu, found);
    return { name, dtype: 'BF16', shape, pieces };
  });
}

async function* plainPieces(gpu: Gpu, bands: readonly Band[]) {
  for (const { weight } of bands) yield* downloadPieces(gpu, weight, byteCount(weight));
}

/** Throws a StudioError `merge-not-finite` before anything of the matrix is written. */
async function* mergedPieces(gpu: Gpu, name: string, pair: lora.Adapter, weight: Tensor) {
  const arena = new Arena(gpu.device, 'merging');
  const rec = new GpuRecorder(gpu);
  try {
    const merged = arena.tensor('merged', weight.shape, 'bf16');
    lora.merge(rec, pair, weight, merged);
    await rec.submit();
    await checkMerge(gpu, [{ name, pair, weight, merged }]);
    yield* downloadPieces(gpu, merged, byteCount(merged));
  } finally {
    rec.destroy();
    arena.destroy();
  }
}

function byteCount({ shape }: Tensor): number {
  return 2 * elements(shape);
}

function pairsByName(adapter: LoraAdapter): Map<string, lora.Adapter> {
  const pairs = new Map<string, lora.Adapter>();
  for (const [layer, adapters] of adapter.layers.entries()) {
    for (const projection of projections) {
      const pair = adapters[projection];
      if (pair) pairs.set(`${projectionName(layer, projection)}.weight`, pair);
    }
  }
  return pairs;
}

function bandsByName({ config, weights }: Model): ReadonlyMap<string, readonly Band[]> {
  const bands = new Map<string, readonly Band[]>([
    ['model.embed_tokens.weight', weights.embedding],
    ['model.norm.weight', whole(weights.norm)],
    ['lm_head.weight', weights.head],
  ]);
  for (const [layer, own] of weights.layers.entries()) {
    const at = `model.layers.${layer}`;
    bands.set(`${at}.input_layernorm.weight`, whole(own.inputNorm));
    bands.set(`${at}.post_attention_layernorm.weight`, whole(own.postNorm));
    if (own.headNorms) {
      bands.set(`${at}.self_attn.q_norm.weight`, whole(own.headNorms.q));
      bands.set(`${at}.self_attn.k_norm.weight`, whole(own.headNorms.k));
    }
    for (const projection of projections) {
      const { weight, bias } = own[projection];
      bands.set(`${projectionName(layer, projection)}.weight`, whole(weight));
      if (bias) bands.set(`${projectionName(layer, projection)}.bias`, whole(bias));
    }
  }
  if (config.tied) bands.delete('lm_head.weight');
  return bands;
}

function whole(weight: Tensor): readonly Band[] {
  return [{ first: 0, weight }];
}
