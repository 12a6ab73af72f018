/** Merging: the teacher's adapter added into its weights, and what became of its answers. */
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import type { Held } from '../model/loaded';
import { type LoraAdapter, mergeAdapter } from '../model/lora';
import type { Model } from '../model/weights';
import type { StageResult } from '../studio';
import { StudioError } from '../studioError';
import { need, type StageContext } from './context';
import { evaluate } from './evaluate';

export async function merge(context: StageContext): Promise<StageResult> {
  const { gpu, emit } = context;
  const teacher = need(context.teacher, 'teacher');
  const adapter = teacher.adapters.get('sft');
  if (!adapter) throw new StudioError('no-adapter-yet', 'There is no trained adapter to merge: run SFT first.');
  emit({ type: 'phase', phase: 'merging', done: 0, total: 1 });
  // Another adapter discards what was merged before, so what is there was merged from this one.
  teacher.merged ??= await mergedModel(gpu, teacher.base, adapter.value);
  emit({ type: 'phase', phase: 'merging', done: 1, total: 1 });
  const candidate = { model: teacher.merged.value, adapter: undefined };
  const measured = await evaluate(context, teacher, candidate, 'teacher-merged', adapter.steps, true);
  return measured ? { outcome: 'done', steps: 0 } : { outcome: 'stopped', steps: adapter.steps };
}

/** Whole or not at all: what could not be allocated is given back. */
async function mergedModel(gpu: Gpu, base: Model, adapter: LoraAdapter): Promise<Held<Model>> {
  const arena = new Arena(gpu.device, 'merged');
  try {
    const merge = () => mergeAdapter(gpu, arena, base, adapter);
    const weights = await withMemoryCheck(gpu.device, mergeMemory, merge);
    return { value: { config: base.config, weights }, arena };
  } catch (error) {
    arena.destroy();
    throw error;
  }
}

function mergeMemory(reason: string): StudioError {
  const message =
    `The graphics card has not enough memory for the merged weights beside the base (${reason}). ` +
    'Close what else uses the card and merge again: the adapter is kept.';
  return new StudioError('merge-memory', message, { reason });
}
