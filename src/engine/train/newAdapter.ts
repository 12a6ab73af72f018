/** The adapter that a training begins with. */
import { Arena } from '../gpu/arena';
import { withMemoryCheck } from '../gpu/memory';
import type { LoadedModel, Trained, TrainedAdapter } from '../model/loaded';
import { allocateAdapter, copyAdapter, initializeAdapter } from '../model/lora';
import { mixSeed } from '../random';
import { StudioError } from '../studioError';
import type { StageContext } from './context';
import { loraOf } from './resume';
import { stream } from './streams';

/** As the checkpoint says that it had got, as the adapter that the person has loaded, or fresh by the recipe. */
export async function newAdapter(context: StageContext, loaded: LoadedModel, what: Trained): Promise<TrainedAdapter> {
  const { gpu, recipe, checkpoints } = context;
  const arena = new Arena(gpu.device, `adapter ${what}`);
  try {
    const { initial } = loaded;
    const resumed = checkpoints?.resumed;
    const settings = resumed ? loraOf(resumed.state) : (initial?.value.settings ?? recipe.lora);
    const allocate = () => allocateAdapter(arena, loaded.base, settings, 'adapter');
    const value = await withMemoryCheck(gpu.device, trainingMemory, allocate);
    // What a checkpoint holds is put in its place with the moments: see `goOn`.
    if (resumed) return { value, arena, steps: 0, dropout: recipe.lora.dropout };
    if (initial) await copyAdapter(gpu, initial.value, value);
    else initializeAdapter(gpu, value, mixSeed(recipe.seed, stream.initial));
    return { value, arena, steps: 0, dropout: recipe.lora.dropout };
  } catch (error) {
    arena.destroy();
    throw error;
  }
}

export function trainingMemory(reason: string): StudioError {
  const message =
    `The graphics card has not enough memory to train with these settings (${reason}). ` +
    'Choose a smaller batch size (and more accumulation), or leave out the longest rows. What was learnt before is kept.';
  return new StudioError('training-memory', message, { reason });
}
