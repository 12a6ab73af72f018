/** A training stage: what it needs, the adapter it makes, the loop, and its last evaluation. */
import type { Checkpoints } from '../checkpoint/writing';
import { Arena } from '../gpu/arena';
import { withMemoryCheck } from '../gpu/memory';
import { discard, type LoadedModel, type Trained, type TrainedAdapter } from '../model/loaded';
import type { Model } from '../model/weights';
import { mixSeed } from '../random';
import type { StageEvent, StageResult, Subject } from '../studio';
import { StudioError } from '../studioError';
import { need, type StageContext } from './context';
import { distill } from './distill';
import { evaluate } from './evaluate';
import { goOn, openCheckpoints, owesEvaluation } from './goOn';
import { train } from './loop';
import { newAdapter, trainingMemory } from './newAdapter';
import { layoutFor, runSizes } from './objective';
import { sft } from './sft';
import { sharedRows } from './sharedRows';
import { stream } from './streams';
import { Trainer } from './trainer';

/** SFT of the teacher, distillation of the student, or the student's control run: one adapter, one loop. */
export async function trainStage(
  context: StageContext,
  loaded: LoadedModel,
  what: Trained,
  subject: Subject,
): Promise<StageResult> {
  const { gpu, recipe, control, emit } = context;
  // The control run differs from distillation in the objective alone, so it takes distillation's settings.
  const training = what === 'sft' ? recipe.sft : recipe.distill;
  const teacher = what === 'distill' ? teachingModel(context) : undefined;
  const rows = await (teacher ? sharedRows(context, loaded) : context.rows(loaded, 'train'));
  if (!rows) return { outcome: 'stopped', steps: 0 };
  if (rows.length === 0) throw new StudioError('no-rows', 'There are no training rows that fit the model.');
  const layout = layoutFor(recipe, loaded.tokenizer, teacher !== undefined);
  const sizes = runSizes(rows, training.batchSize, layout, training.epochs);
  const vocabulary = Math.min(loaded.base.config.vocabulary, teacher?.config.vocabulary ?? Number.POSITIVE_INFINITY);
  const settings = {
    training,
    dropout: recipe.lora.dropout,
    seed: mixSeed(recipe.seed, stream.dropout),
    vocabulary,
    layout,
  };
  const adapter = await newAdapter(context, loaded, what);
  const arena = new Arena(gpu.device, 'training');
  let trainer: Trainer | undefined;
  let scratch: Awaited<ReturnType<StageContext['scratch']>>;
  let checkpoints: Checkpoints | undefined;
  try {
    if (teacher && training.epochs > 1) scratch = await context.scratch();
    const made = await withMemoryCheck(gpu.device, trainingMemory, () => {
      trainer = new Trainer(gpu, arena, loaded.base, adapter.value, sizes, settings);
      const objective = teacher ? distill(arena, teacher, recipe.distill, sizes, trainer.chunk, scratch?.file) : sft;
      return { trainer, objective };
    });
    const candidate = { model: loaded.base, adapter: adapter.value };
    emit({ type: 'phase', phase: 'compiling', done: 0, total: 1 });
    if ((await control.heed()) === 'stop') return { outcome: 'stopped', steps: 0 };
    const order = { rows, training, seed: mixSeed(recipe.seed, stream.order), shuffle: recipe.shuffle };
    checkpoints = await openCheckpoints(context, { what, loaded, ...order }, made.trainer, adapter.value);
    const tell = (event: StageEvent): void => {
      checkpoints?.tell(event);
      emit(event);
    };
    const learnt = (): void => keep(context, loaded, what, adapter);
    const from = await goOn(context, { ...made, adapter }, order);
    if (from === undefined) return { outcome: 'stopped', steps: 0 };
    if (from > 0) learnt();
    const result = await train(made.trainer, made.objective, {
      ...{ ...order, control, from, checkpoints, owesEvaluation: owesEvaluation(context) },
      // On a CPU adapter steps take long and nothing is gained: a pause would be answered a step later.
      inFlight: gpu.software ? 1 : 2,
      onStep: (metrics, ops) => {
        if (metrics.step === 1) {
          learnt();
          tell({ type: 'work', ops: Object.fromEntries(ops) });
        }
        adapter.steps = metrics.step;
        emit({ type: 'phase', phase: 'training', done: metrics.step, total: metrics.totalSteps });
        tell({ type: 'step', metrics });
      },
      evaluateEvery: recipe.evaluation.everySteps,
      evaluate: async (step) => {
        await evaluate({ ...context, emit: tell }, loaded, candidate, subject, step, false);
      },
    });
    if (result.outcome === 'stopped') return result;
    const measured = await evaluate(context, loaded, candidate, subject, result.steps, true);
    return measured ? result : { ...result, outcome: 'stopped' };
  } finally {
    trainer?.destroy();
    arena.destroy();
    await scratch?.close();
    if (adapter.steps === 0) adapter.arena.destroy();
  }
}

/** From its first step on, the new adapter takes the old one's place; a stopped run's adapter is usable. */
function keep({ student }: StageContext, loaded: LoadedModel, what: Trained, adapter: TrainedAdapter): void {
  discard(loaded, what);
  if (what === 'sft') {
    discard(loaded, 'merged');
    // It learnt from the teacher before.
    if (student) discard(student, 'distill');
  }
  loaded.adapters.set(what, adapter);
}

function teachingModel(context: StageContext): Model {
  const teacher = need(context.teacher, 'teacher');
  if (context.recipe.distill.teacher === 'loaded') return teacher.base;
  if (!teacher.merged) {
    const message = 'Distillation needs the merged teacher: run Merge first, or set distill.teacher to "loaded".';
    throw new StudioError('not-merged', message);
  }
  return teacher.merged.value;
}
