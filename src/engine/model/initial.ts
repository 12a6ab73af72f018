/** An adapter from elsewhere on its model: read as PEFT keeps it, kept on the GPU, and what training starts from. */
import { openFolder } from '../formats/folder';
import { type Modules, readPeft } from '../formats/peft';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import type { AdapterInfo, FolderSource } from '../studio';
import { StudioError } from '../studioError';
import { discardTrained, type LoadedModel } from './loaded';
import { allocateAdapter, settingsOf, trainableParameters, uploadPairs } from './lora';
import { projections } from './projections';
import { type Model, projectionName } from './weights';

/** Throws what `readPeft` throws, or `out-of-memory`; the model and what was trained on it are as before then. */
export async function loadInitial(gpu: Gpu, model: LoadedModel, source: FolderSource): Promise<AdapterInfo> {
  const { pairs, dropout, baseModel } = await readPeft(openFolder(source), modulesOf(model.base));
  const settings = settingsOf(pairs);
  const arena = new Arena(gpu.device, 'initial adapter');
  try {
    const allocate = () => allocateAdapter(arena, model.base, settings, 'initial');
    const value = await withMemoryCheck(gpu.device, (reason) => noMemory(source.name, reason), allocate);
    uploadPairs(gpu, value, pairs);
    discardInitial(model);
    model.initial = { value, arena, steps: 0, dropout };
    const { rank, alpha, targets } = settings;
    const uniform = [...pairs.values()].every((pair) => pair.rank === rank && pair.scale === alpha / rank);
    const sizes = { modules: pairs.size, parameters: trainableParameters(value) };
    return { name: source.name, rank, alpha, uniform, targets, ...sizes, baseModel };
  } catch (error) {
    arena.destroy();
    throw error;
  }
}

/** Frees the adapter and everything that was trained from it. */
export function discardInitial(model: LoadedModel): void {
  discardTrained(model);
  model.initial?.arena.destroy();
  model.initial = undefined;
}

/** Every module of a model that an adapter can sit on. */
export function modulesOf({ weights }: Model): Modules {
  return new Map(
    weights.layers.flatMap((layer, index) =>
      projections.map((projection) => {
        const [outputs, inputs] = layer[projection].weight.shape;
        return [projectionName(index, projection), [outputs!, inputs!]] as const;
      }),
    ),
  );
}

function noMemory(model: string, reason: string): StudioError {
  const message = `The graphics card has not enough memory for the adapter "${model}" (${reason}).`;
  return new StudioError('out-of-memory', message, { model, reason });
}
