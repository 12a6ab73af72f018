/** The frozen weights of one model on the GPU, bf16 as in the file. */
import { PieceMemory, readBf16 } from '../formats/bf16';
import { elementBytes } from '../formats/elements';
import type { ModelFolder, WeightLocation } from '../formats/huggingface';
import { type Arena, bindingLimit, type Named } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { elements, type Tensor } from '../gpu/tensor';
import { Uploader } from '../gpu/transfer';
import type { Linear } from '../ops/linear';
import type { ModelConfig } from './config';
import { moduleName, type Projection, perProjection, projectionGroups } from './projections';
import { expectedTensors } from './tensors';

export type Projections = Readonly<Record<Projection, Linear>>;

export interface LayerWeights extends Projections {
  readonly inputNorm: Tensor;
  readonly postNorm: Tensor;
  /** [headDim]: norms of every query's and key's head, in models that have them. */
  readonly headNorms: { readonly q: Tensor; readonly k: Tensor } | undefined;
}

/** Some rows of a matrix that is too large for one binding. */
export interface Band {
  /** A multiple of 64. */
  readonly first: number;
  /** [rows, columns] */
  readonly weight: Tensor;
}

export interface Weights {
  /** [vocabulary, hidden] */
  readonly embedding: readonly Band[];
  readonly layers: readonly LayerWeights[];
  readonly norm: Tensor;
  /** [vocabulary, hidden]; the embedding itself when tied. */
  readonly head: readonly Band[];
}

/** A model ready to compute: its config and its weights. */
export interface Model {
  readonly config: ModelConfig;
  readonly weights: Weights;
}

/** Checkpoint name of a projection of a layer, without `.weight`. */
export function projectionName(layer: number, projection: Projection): string {
  return `model.layers.${layer}.${moduleName(projection)}`;
}

/** Rows of the bands that `rows` rows fall into, so that none has more bytes than `limit`. */
export function bands(rows: number, rowBytes: number, limit: number): { first: number; rows: number }[] {
  const fit = rows * rowBytes <= limit ? rows : Math.max(64, Math.floor(limit / rowBytes / 64) * 64);
  return Array.from({ length: Math.ceil(rows / fit) }, (_, i) => ({
    first: i * fit,
    rows: Math.min(fit, rows - i * fit),
  }));
}

/** Uploads the tensors that the config asks for into `arena`; `limit` is the most bytes of one binding. */
export async function loadWeights(
  gpu: Gpu,
  arena: Arena,
  { config, weights }: Pick<ModelFolder, 'config' | 'weights'>,
  limit = bindingLimit(gpu.device),
): Promise<Weights> {
  const uploader = new Uploader(gpu);
  const memory = new PieceMemory();
  const loaded = allocateWeights(arena, config, limit);
  for (const [name, parts] of loaded) {
    for (const band of parts) await uploadBand(uploader, weights.get(name)!, band, memory);
  }
  await uploader.finish();
  return assemble(config, loaded);
}

/** Every tensor of the checkpoint by name, in bands where one binding cannot hold it. */
export function allocateWeights(
  arena: Arena,
  config: ModelConfig,
  limit: number,
): ReadonlyMap<string, readonly Band[]> {
  const allocated = new Map<string, readonly Band[]>();
  for (const group of neighbours(config)) {
    for (const weight of arena.beside(group, 'bf16')) allocated.set(weight.name, [{ first: 0, weight }]);
  }
  for (const [name, shape] of expectedTensors(config)) {
    if (!allocated.has(name)) allocated.set(name, allocateBands(arena, config, name, shape, limit));
  }
  return allocated;
}

/** Names and shapes of tensors that one dispatch reads together: weights, and biases, of projections of one input. */
function neighbours(config: ModelConfig): Named[][] {
  const expected = expectedTensors(config);
  const kinds = Array.from({ length: config.layers }, (_, layer) =>
    projectionGroups.flatMap((group) =>
      ['weight', 'bias'].map((kind) => group.map((projection) => `${projectionName(layer, projection)}.${kind}`)),
    ),
  ).flat();
  return kinds
    .map((names) => names.filter((name) => expected.has(name)).map((name) => ({ name, shape: expected.get(name)! })))
    .filter((group) => group.length > 1);
}

function allocateBands(
  arena: Arena,
  { vocabulary }: ModelConfig,
  name: string,
  shape: readonly number[],
  limit: number,
): readonly Band[] {
  const [count, ...columns] = [shape[0]!, ...shape.slice(1)];
  // Only the embedding and the head are looked up row by row; other matrices must fit.
  const parts = count === vocabulary ? bands(count, 2 * elements(columns), limit) : [{ first: 0, rows: count }];
  return parts.map(({ first, rows }) => ({ first, weight: arena.tensor(name, [rows, ...columns], 'bf16') }));
}

async function uploadBand(
  uploader: Uploader,
  { source, info }: WeightLocation,
  { first, weight }: Band,
  memory: PieceMemory,
): Promise<void> {
  const rowBytes = elements(weight.shape.slice(1)) * elementBytes(source, info.dtype);
  const start = info.start + first * rowBytes;
  let at = 0;
  const part = { ...info, start, end: start + weight.shape[0]! * rowBytes };
  for await (const words of readBf16(source, part, memory)) {
    await uploader.write(weight, at, words);
    at += words.byteLength;
  }
}

/** The tensors in the order that the layers use them. */
export function assemble(config: ModelConfig, loaded: ReadonlyMap<string, readonly Band[]>): Weights {
  const banded = (name: string): readonly Band[] => {
    const parts = loaded.get(name);
    if (!parts) throw new Error(`weight ${name} was not loaded`);
    return parts;
  };
  const named = (name: string): Tensor => banded(name)[0]!.weight;
  const headNorm = (layer: number, of: 'q' | 'k') => named(`model.layers.${layer}.self_attn.${of}_norm.weight`);
  const layers = Array.from({ length: config.layers }, (_, layer): LayerWeights => {
    const linear = (projection: Projection): Linear => {
      const name = projectionName(layer, projection);
      return { weight: named(`${name}.weight`), bias: loaded.get(`${name}.bias`)?.[0]?.weight };
    };
    return {
      ...perProjection(linear),
      inputNorm: named(`model.layers.${layer}.input_layernorm.weight`),
      postNorm: named(`model.layers.${layer}.post_attention_layernorm.weight`),
      headNorms: config.qkNorm ? { q: headNorm(layer, 'q'), k: headNorm(layer, 'k') } : undefined,
    };
  });
  const embedding = banded('model.embed_tokens.weight');
  const head = config.tied ? embedding : banded('lm_head.weight');
  return { embedding, layers, norm: named('model.norm.weight'), head };
}
