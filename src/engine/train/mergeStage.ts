/** Merging: the teacher's adapter added into its weights, how far that moved them, and what became of its answers. */
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import { adapterFor, discard, type Held, type LoadedModel } from '../model/loaded';
import { type LoraAdapter, mergeAdapter } from '../model/lora';
import { checkMerge, mergedMatrices } from '../model/mergeCheck';
import type { Model } from '../model/weights';
import type { LogitGap, MergeReport, StageResult } from '../studio';
import { StudioError } from '../studioError';
import { type Candidate, need, type StageContext } from './context';
import { evaluate, sampleRows } from './evaluate';
import { measureLogitGap } from './mergeProof';

export async function merge(context: StageContext): Promise<StageResult> {
  const { gpu, emit } = context;
  const teacher = need(context.teacher, 'teacher');
  const adapter = adapterFor(teacher, 'sft');
  if (!adapter) throw noAdapter();
  const stopped = { outcome: 'stopped', steps: adapter.steps } as const;
  emit({ type: 'phase', phase: 'merging', done: 0, total: 1 });
  // Another adapter discards what was merged before, so what is there was merged from this one.
  const known = teacher.merged !== undefined;
  const merged = await mergeInto(gpu, teacher, adapter.value);
  const moved = await shifts(gpu, teacher.base, merged, adapter.value).catch((error: unknown) => {
    // What was merged before passed this measurement, and later stages rest on it.
    if (!known) discard(teacher, 'merged');
    throw error;
  });
  emit({ type: 'phase', phase: 'merging', done: 1, total: 1 });
  const adapted = { model: teacher.base, adapter: adapter.value };
  const rows = await context.rows(teacher, 'test');
  const logits = rows && (rows.length > 0 ? await gaps(context, adapted, merged, rows) : 'no rows');
  if (!logits) return stopped;
  emit({ type: 'merged', report: { ...moved, logits: logits === 'no rows' ? undefined : logits } });
  // An adapter from elsewhere has not answered yet; its answers are what the merged model's are compared with.
  const asked = adapter.steps > 0 || (await evaluate(context, teacher, adapted, 'teacher-sft', 0, true));
  const candidate = { model: merged, adapter: undefined };
  const done = asked && (await evaluate(context, teacher, candidate, 'teacher-merged', adapter.steps, true));
  return done ? { outcome: 'done', steps: 0 } : stopped;
}

/** The teacher's adapter merged once more, with the bits that it had: a job that goes on has the adapter alone. */
export async function remerge(gpu: Gpu, models: Pick<StageContext, 'teacher'>): Promise<void> {
  const teacher = need(models.teacher, 'teacher');
  const adapter = adapterFor(teacher, 'sft');
  if (!adapter) throw noAdapter();
  await mergeInto(gpu, teacher, adapter.value);
}

async function mergeInto(gpu: Gpu, teacher: LoadedModel, adapter: LoraAdapter): Promise<Model> {
  teacher.merged ??= await mergedModel(gpu, teacher.base, adapter);
  return teacher.merged.value;
}

function noAdapter(): StudioError {
  return new StudioError('no-adapter-yet', 'There is no trained adapter to merge: run SFT first.');
}

function gaps(
  { gpu, recipe, control, emit }: StageContext,
  adapted: Candidate,
  merged: Model,
  rows: Parameters<typeof measureLogitGap>[3],
): Promise<LogitGap | undefined> {
  return measureLogitGap(gpu, adapted, merged, sampleRows(rows, recipe.evaluation.lossRows), {
    boundary: () => control.boundary(),
    progress: (done, total) => emit({ type: 'phase', phase: 'comparing', done, total }),
  });
}

/** Throws `merge-not-finite`. */
async function shifts(
  gpu: Gpu,
  base: Model,
  merged: Model,
  adapter: LoraAdapter,
): Promise<Omit<MergeReport, 'logits'>> {
  const matrices = mergedMatrices(base.weights, merged.weights, adapter);
  const measured = await checkMerge(gpu, matrices);
  return {
    rounding: measured.reduce((most, { rounding }) => Math.max(most, rounding), 0),
    modules: measured.map(({ norm, change, moved, largestMoved }, index) => {
      const { layer, projection } = matrices[index]!;
      return { layer, projection, norm, change, moved, largest: largestMoved };
    }),
  };
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
