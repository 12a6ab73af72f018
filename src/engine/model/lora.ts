/** The trainable adapter of a whole model: low-rank pairs on any subset of the projections, all in one buffer. */
import type { LoraPair } from '../formats/peft';
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { GpuRecorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { downloadFloats, upload } from '../gpu/transfer';
import * as lora from '../ops/lora';
import { uniform } from '../random';
import type { ModelConfig } from './config';
import { type Projection, perProjection, projectionGroups, projections } from './projections';
import { projectionShape } from './tensors';
import { type LayerWeights, type Model, projectionName, type Weights } from './weights';

export interface LoraSettings {
  /** The largest rank of any module; the rank of all unless `modules` says otherwise. */
  readonly rank: number;
  /** The adapter is scaled by alpha / rank. */
  readonly alpha: number;
  readonly targets: readonly Projection[];
  /** Adapters from elsewhere: the modules that have a pair, each with a rank and a scale of its own. */
  readonly modules?: ReadonlyMap<string, Pick<LoraPair, 'rank' | 'scale'>> | undefined;
}

export type LayerAdapters = Readonly<Partial<Record<Projection, lora.Adapter>>>;

/** A and B of every adapted projection; `flat` is all of them side by side. */
export interface LoraAdapter {
  readonly layers: readonly LayerAdapters[];
  readonly flat: Tensor;
  readonly settings: LoraSettings;
}

/** Gradients or moments laid out exactly like the adapter. */
export type LoraGradients = Pick<LoraAdapter, 'layers' | 'flat'>;

/** Allocates A and B (zero) for every target; the same call gives the gradients and moments of the same shape. */
export function allocateAdapter(
  arena: Arena,
  { config }: Pick<Model, 'config'>,
  settings: LoraSettings,
  name: string,
): LoraAdapter {
  const numbers = Array.from({ length: config.layers }, (_, layer) => layer);
  // The A of one input side by side, then their B.
  const groups = numbers.flatMap((layer) => projectionGroups.map((group) => slotsOf(config, settings, layer, group)));
  const shapes = groups.flatMap((slots) => [...slots.map(({ a }) => a), ...slots.map(({ b }) => b)]);
  const { whole, parts } = arena.pack(name, shapes);
  const placed = new Map(parts.map((part) => [part.name, part]));
  const layers = numbers.map((): Partial<Record<Projection, lora.Adapter>> => ({}));
  for (const { layer, projection, sizes, a, b } of groups.flat()) {
    layers[layer]![projection] = { a: placed.get(a.name)!, b: placed.get(b.name)!, ...sizes };
  }
  return { layers, flat: whole, settings };
}

function slotsOf(config: ModelConfig, settings: LoraSettings, layer: number, group: readonly Projection[]) {
  return group.flatMap((projection) => {
    const sizes = settings.targets.includes(projection) && sizesOf(settings, layer, projection);
    if (!sizes) return [];
    const [outputs, inputs] = projectionShape(config, projection);
    const name = `${layer}.${projection}`;
    const a = { name: `${name}.A`, shape: [sizes.rank, inputs] };
    return [{ layer, projection, sizes, a, b: { name: `${name}.B`, shape: [outputs, sizes.rank] } }];
  });
}

function sizesOf({ rank, alpha, modules }: LoraSettings, layer: number, projection: Projection) {
  if (!modules) return { rank, scale: alpha / rank };
  const own = modules.get(projectionName(layer, projection));
  return own && { rank: own.rank, scale: own.scale };
}

/** What these pairs need: the largest rank, the alpha that goes with it, and every module's own sizes. */
export function settingsOf(pairs: ReadonlyMap<string, LoraPair>): LoraSettings {
  const largest = [...pairs.values()].reduce((most, pair) => (pair.rank > most.rank ? pair : most));
  const targets = projections.filter((projection) => [...pairs.keys()].some((name) => name.endsWith(`.${projection}`)));
  const modules = new Map([...pairs].map(([name, { rank, scale }]) => [name, { rank, scale }]));
  return { rank: largest.rank, alpha: Number((largest.scale * largest.rank).toPrecision(12)), targets, modules };
}

/** The pairs on the GPU. */
export function uploadPairs(gpu: Gpu, adapter: LoraAdapter, pairs: ReadonlyMap<string, LoraPair>): void {
  for (const [layer, adapters] of adapter.layers.entries()) {
    for (const projection of projections) {
      const [slot, pair] = [adapters[projection], pairs.get(projectionName(layer, projection))];
      if (!slot || !pair) continue;
      upload(gpu, slot.a, pair.a);
      upload(gpu, slot.b, pair.b);
    }
  }
}

/** The values of one adapter into another of the same settings. */
export async function copyAdapter(gpu: Gpu, from: LoraAdapter, to: LoraAdapter): Promise<void> {
  const rec = new GpuRecorder(gpu);
  rec.copy(from.flat, to.flat);
  await rec.submit();
  rec.destroy();
}

/** A uniform in ±1/√inputs (Kaiming with a = √5, as in PEFT), B zero: the adapted model starts as the base. */
export function initializeAdapter(gpu: Gpu, adapter: LoraAdapter, seed: number): void {
  const next = uniform(seed);
  for (const layer of adapter.layers) {
    for (const { a } of Object.values(layer)) {
      const bound = 1 / Math.sqrt(a.shape[1]!);
      upload(
        gpu,
        a,
        Float32Array.from({ length: a.shape[0]! * a.shape[1]! }, () => (2 * next() - 1) * bound),
      );
    }
  }
}

/** The pairs of an adapter by module name, in memory. */
export async function downloadPairs(gpu: Gpu, adapter: LoraAdapter): Promise<ReadonlyMap<string, LoraPair>> {
  const pairs = new Map<string, LoraPair>();
  for (const [layer, adapters] of adapter.layers.entries()) {
    for (const projection of adapter.settings.targets) {
      const slot = adapters[projection];
      if (!slot) continue;
      const { a, b, rank, scale } = slot;
      const [valuesA, valuesB] = [await downloadFloats(gpu, a), await downloadFloats(gpu, b)];
      pairs.set(projectionName(layer, projection), { rank, scale, a: valuesA, b: valuesB });
    }
  }
  return pairs;
}

/** The number of trained values. */
export function trainableParameters(adapter: LoraAdapter): number {
  const sizes = adapter.layers.flatMap((layer) => Object.values(layer).map(({ a, b }) => a.bytes + b.bytes));
  return sizes.reduce((sum, bytes) => sum + bytes / 4, 0);
}

/** Weights of their own for every projection that an adapter changes. */
export function allocateMerged(
  arena: Arena,
  { config }: Pick<Model, 'config'>,
  targets: readonly Projection[],
): readonly Partial<Record<Projection, Tensor>>[] {
  return Array.from({ length: config.layers }, (_, layer) => {
    const weights: Partial<Record<Projection, Tensor>> = {};
    for (const group of projectionGroups) {
      const members = group.filter((projection) => targets.includes(projection));
      if (members.length === 0) continue;
      const shapes = members.map((projection) => ({
        name: `merged.${layer}.${projection}`,
        shape: projectionShape(config, projection),
      }));
      for (const [index, tensor] of arena.beside(shapes, 'bf16').entries()) weights[members[index]!] = tensor;
    }
    return weights;
  });
}

/** Base and adapter as one set of weights, in `arena`; what is not adapted is shared with the base. */
export async function mergeAdapter(gpu: Gpu, arena: Arena, model: Model, adapter: LoraAdapter): Promise<Weights> {
  const allocated = allocateMerged(arena, model, adapter.settings.targets);
  const rec = new GpuRecorder(gpu);
  const layers = model.weights.layers.map((weights, layer): LayerWeights => {
    const merged = perProjection((projection) => {
      const linear = weights[projection];
      const low = adapter.layers[layer]?.[projection];
      const weight = allocated[layer]?.[projection];
      if (!low || !weight) return linear;
      lora.merge(rec, low, linear.weight, weight);
      return { ...linear, weight };
    });
    return { ...weights, ...merged };
  });
  try {
    await rec.submit();
  } finally {
    rec.destroy();
  }
  return { ...model.weights, layers };
}
