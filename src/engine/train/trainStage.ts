/** A training stage: what it needs, the adapter it makes, the loop, and its last evaluation. */
import type { TokenRow } from '../data/examples';
import { Arena } from '../gpu/arena';
import { withMemoryCheck } from '../gpu/memory';
import { discard, type LoadedModel, type Trained, type TrainedAdapter } from '../model/loaded';
import type { StageEvent, StageResult, Subject } from '../studio';
import type { StageContext } from './context';
import { distill } from './distill';
import { evaluate } from './evaluate';
import { goOn, type Made, openCheckpoints, owesEvaluation } from './goOn';
import { type Loop, train } from './loop';
import { newAdapter, trainingMemory } from './newAdapter';
import { Numbers } from './numbers';
import { sft } from './sft';
import { Trainer } from './trainer';
import { type Training, trainingOf } from './training';

const nothing: StageResult = { outcome: 'stopped', steps: 0 };

/** SFT of the teacher, distillation of the student, or the student's control run: one adapter, one loop. */
export async function trainStage(
  context: StageContext,
  loaded: LoadedModel,
  what: Trained,
  subject: Subject,
): Promise<StageResult> {
  const { gpu, recipe, control, emit } = context;
  const training = await trainingOf(context, loaded, what);
  if (!training) return nothing;
  const { teacher, sizes, settings, order } = training;
  const adapter = await newAdapter(context, loaded, what);
  const arena = new Arena(gpu.device, 'training');
  let trainer: Trainer | undefined;
  let scratch: Awaited<ReturnType<StageContext['scratch']>>;
  try {
    if (teacher && order.training.epochs > 1) scratch = await context.scratch();
    const made = await withMemoryCheck(gpu.device, trainingMemory, () => {
      trainer = new Trainer(gpu, arena, loaded.base, adapter.value, sizes, settings);
      const objective = teacher ? distill(arena, teacher, recipe.distill, sizes, trainer.chunk, scratch?.file) : sft;
      return { trainer, objective, adapter };
    });
    emit({ type: 'phase', phase: 'compiling', done: 0, total: 1 });
    if ((await control.heed()) === 'stop') return nothing;
    return await learn(context, training, made, subject);
  } finally {
    trainer?.destroy();
    arena.destroy();
    await scratch?.close();
    if (adapter.steps === 0) adapter.arena.destroy();
  }
}

/** From its first step, or the one behind its checkpoint, to the last evaluation. */
async function learn(context: StageContext, training: Training, made: Made, subject: Subject): Promise<StageResult> {
  const { gpu, recipe, control, emit } = context;
  const { loaded, what, order } = training;
  const { adapter } = made;
  const candidate = { model: loaded.base, adapter: adapter.value };
  const checkpoints = await openCheckpoints(context, training, made);
  const numbers = new Numbers(checkpoints, emit);
  const tell = (event: StageEvent, rows?: readonly TokenRow[]): void => {
    checkpoints?.tell(event);
    emit(event);
    numbers.look(event, rows);
  };
  const from = await goOn(context, made, order, (event) => {
    emit(event);
    numbers.recall(event);
  });
  if (from === undefined) return nothing;
  if (from > 0) keep(context, loaded, what, adapter);
  const loop: Loop = {
    ...{ ...order, control, from, checkpoints, changes: context.checkpoints?.changes },
    unkept: context.checkpoints?.unkept ?? false,
    owesEvaluation: owesEvaluation(context),
    // On a CPU adapter steps take long and nothing is gained: a pause would be answered a step later.
    inFlight: gpu.software ? 1 : 2,
    onStep: (metrics, ops, rows) => {
      if (adapter.steps === 0) {
        keep(context, loaded, what, adapter);
        tell({ type: 'work', ops: Object.fromEntries(ops) });
      }
      adapter.steps = metrics.step;
      emit({ type: 'phase', phase: 'training', done: metrics.step, total: metrics.totalSteps });
      tell({ type: 'step', metrics }, rows);
    },
    evaluateEvery: recipe.evaluation.everySteps,
    evaluate: async (step) => {
      await evaluate({ ...context, emit: tell }, loaded, candidate, subject, step, false);
    },
  };
  try {
    const result = await train(made.trainer, made.objective, loop);
    if (result.outcome === 'stopped') return result;
    const measured = await evaluate(context, loaded, candidate, subject, result.steps, true);
    return measured ? result : { ...result, outcome: 'stopped' };
  } finally {
    await checkpoints?.written();
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
