/** The goldens' tiny models on the test GPU, and their adapters from PEFT's tensors. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobSource } from '../../src/engine/formats/folder';
import { openSafetensors } from '../../src/engine/formats/safetensors';
import type { Arena } from '../../src/engine/gpu/arena';
import type { Gpu } from '../../src/engine/gpu/gpu';
import { downloadFloats, upload } from '../../src/engine/gpu/transfer';
import { parseConfig } from '../../src/engine/model/config';
import { allocateAdapter, type LoraAdapter, type LoraGradients } from '../../src/engine/model/lora';
import { type Projection, projections } from '../../src/engine/model/projections';
import { loadWeights, type Model, projectionName } from '../../src/engine/model/weights';
import { type GoldenTensor, goldenScalars, type ModelKind, modelFolders } from '../model/goldens';

const lora = { rank: goldenScalars.lora.rank, alpha: goldenScalars.lora.alpha, targets: projections };

export function tinyModel(gpu: Gpu, arena: Arena, kind: ModelKind, limit?: number): Promise<Model> {
  return modelOf(gpu, arena, modelFolders[kind], limit);
}

/** A model of config and weights alone; `limit` is the most bytes of one binding, for embeddings and heads in bands. */
export async function modelOf(gpu: Gpu, arena: Arena, folder: string, limit?: number): Promise<Model> {
  const config = parseConfig(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')));
  const file = new Blob([readFileSync(join(folder, 'model.safetensors'))]);
  const source = blobSource('model.safetensors', file);
  const { tensors } = await openSafetensors(source);
  const weights = new Map([...tensors].map(([name, info]) => [name, { source, info }]));
  return { config, weights: await loadWeights(gpu, arena, { config, weights }, limit) };
}

function peftKey(layer: number, projection: Projection, part: 'A' | 'B'): string {
  return `base_model.model.${projectionName(layer, projection)}.lora_${part}.weight`;
}

/** An adapter with PEFT's values. */
export function tinyAdapter(
  gpu: Gpu,
  arena: Arena,
  model: Model,
  values: ReadonlyMap<string, GoldenTensor>,
): LoraAdapter {
  return adapterOf(gpu, arena, model, lora, new Map([...values].map(([key, { data }]) => [key, data])));
}

/** An adapter on all projections with these values under PEFT's keys. */
export function adapterOf(
  gpu: Gpu,
  arena: Arena,
  model: Model,
  settings: { readonly rank: number; readonly alpha: number },
  values: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
): LoraAdapter {
  const adapter = allocateAdapter(arena, model, { ...settings, targets: projections }, 'adapter');
  for (const [layer, adapters] of adapter.layers.entries()) {
    for (const projection of projections) {
      upload(gpu, adapters[projection]!.a, values.get(peftKey(layer, projection, 'A'))!);
      upload(gpu, adapters[projection]!.b, values.get(peftKey(layer, projection, 'B'))!);
    }
  }
  return adapter;
}

/** Adapter-shaped values back from the GPU under PEFT's keys. */
export async function readAdapter(gpu: Gpu, adapter: LoraGradients): Promise<ReadonlyMap<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [layer, adapters] of adapter.layers.entries()) {
    for (const projection of projections) {
      values.set(peftKey(layer, projection, 'A'), await downloadFloats(gpu, adapters[projection]!.a));
      values.set(peftKey(layer, projection, 'B'), await downloadFloats(gpu, adapters[projection]!.b));
    }
  }
  return values;
}
