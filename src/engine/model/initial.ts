/** An adapter from elsewhere on its model: read as PEFT keeps it, kept on the GPU, and what training starts from or what it has made. */
import { openFolder } from '../formats/folder';
import { type Modules, readPeft } from '../formats/peft';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import type { AdapterArtifact, AdapterInfo, FolderSource, Role } from '../studio';
import { StudioError } from '../studioError';
import { discard, discardTrained, type LoadedModel, type Trained, type TrainedAdapter } from './loaded';
import { allocateAdapter, settingsOf, trainableParameters, uploadPairs } from './lora';
import { projections } from './projections';
import { type Model, projectionName } from './weights';

/** Throws what `readPeft` throws, or `out-of-memory`; the model and what was trained on it are as before then. */
export async function loadInitial(gpu: Gpu, model: LoadedModel, source: FolderSource): Promise<AdapterInfo> {
  const { adapter, pairs, baseModel } = await readAdapter(gpu, model, source, 'initial');
  discardInitial(model);
  model.initial = adapter;
  const { rank, alpha, targets } = adapter.value.settings;
  const uniform = [...pairs.values()].every((pair) => pair.rank === rank && pair.scale === alpha / rank);
  const sizes = { modules: pairs.size, parameters: trainableParameters(adapter.value) };
  return { name: source.name, rank, alpha, uniform, targets, ...sizes, baseModel };
}

const resultOf: Readonly<Record<AdapterArtifact, { readonly role: Role; readonly what: Trained }>> = {
  'teacher-adapter': { role: 'teacher', what: 'sft' },
  'student-adapter': { role: 'student', what: 'distill' },
  'control-adapter': { role: 'student', what: 'control' },
};

/**
 * An adapter that was trained here and kept, as the result of its stage again: no training starts from it. `steps`: those it
 * has learnt for. Throws what `loadInitial` throws; the model is as before then.
 */
export async function restoreTrained(
  gpu: Gpu,
  models: Readonly<Partial<Record<Role, LoadedModel>>>,
  artifact: AdapterArtifact,
  source: FolderSource,
  steps: number,
): Promise<void> {
  const { role, what } = resultOf[artifact];
  const model = models[role];
  if (!model) throw new StudioError('no-model', `There is no ${role} model: load one first.`, { role });
  const { adapter } = await readAdapter(gpu, model, source, `adapter ${what}`);
  discard(model, what);
  // What was merged before was not merged from this one.
  if (what === 'sft') discard(model, 'merged');
  model.adapters.set(what, { ...adapter, steps });
}

async function readAdapter(gpu: Gpu, model: LoadedModel, source: FolderSource, label: string) {
  const { pairs, dropout, baseModel } = await readPeft(openFolder(source), modulesOf(model.base));
  const arena = new Arena(gpu.device, label);
  try {
    const allocate = () => allocateAdapter(arena, model.base, settingsOf(pairs), 'adapter');
    const value = await withMemoryCheck(gpu.device, (reason) => noMemory(source.name, reason), allocate);
    uploadPairs(gpu, value, pairs);
    const adapter: TrainedAdapter = { value, arena, steps: 0, dropout };
    return { adapter, pairs, baseModel };
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
