/** The trainable adapter of a whole model: low-rank pairs on any subset of the projections, all in one buffer. */
import type { LoraPair } from '../formats/peft';
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { downloadFloats, upload } from '../gpu/transfer';
import * as lora from '../ops/lora';
import { uniform } from '../random';
import { type Projection, perProjection } from './projections';
import { projectionShape } from './tensors';
import { type LayerWeights, type Model, projectionName, type Weights } from './weights';

export interface LoraSettings {
  readonly rank: number;
  /** The adapter is scaled by alpha / rank. */
  readonly alpha: number;
  readonly targets: readonly Projection[];
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
  const scale = settings.alpha / settings.rank;
  const numbers = Array.from({ length: config.layers }, (_, layer) => layer);
  const shapes = numbers.flatMap((layer) =>
    settings.targets.flatMap((projection) => {
      const [outputs, inputs] = projectionShape(config, projection);
      return [
        { name: `${layer}.${projection}.A`, shape: [settings.rank, inputs] },
        { name: `${layer}.${projection}.B`, shape: [outputs, settings.rank] },
      ];
    }),
  );
  const { whole, parts } = arena.pack(name, shapes);
  const layers = numbers.map((layer) => {
    const adapters: Partial<Record<Projection, lora.Adapter>> = {};
    settings.targets.forEach((projection, index) => {
      const at = 2 * (layer * settings.targets.length + index);
      adapters[projection] = { a: parts[at]!, b: parts[at + 1]!, rank: settings.rank, scale };
    });
    return adapters;
  });
  return { layers, flat: whole, settings };
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
      const { a, b, rank, scale } = adapters[projection]!;
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
    for (const projection of targets) {
      const shape = projectionShape(config, projection);
      weights[projection] = arena.tensor(`merged.${layer}.${projection}`, shape, 'bf16');
    }
    return weights;
  });
}

/** Base and adapter as one set of weights, in `arena`; what is not adapted is shared with the base. */
export async function mergeAdapter(gpu: Gpu, arena: Arena, model: Model, adapter: LoraAdapter): Promise<Weights> {
  const allocated = allocateMerged(arena, model, adapter.settings.targets);
  const rec = new Recorder(gpu);
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
