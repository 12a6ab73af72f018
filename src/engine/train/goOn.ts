/** A training and its checkpoints: opened before the first step, and, where it was interrupted, where it goes on. */
import { Checkpoints } from '../checkpoint/writing';
import { download } from '../gpu/transfer';
import type { TrainedAdapter } from '../model/loaded';
import type { StageEvent } from '../studio';
import type { StageContext } from './context';
import { type Scheduled, schedule } from './loop';
import type { Objective } from './objective';
import { lastingOf, needSame, roundsOtherwise, uploadValues } from './resume';
import { totalSteps } from './schedule';
import type { Trainer } from './trainer';
import type { Training } from './training';

/** What a training works with. */
export interface Made {
  readonly trainer: Trainer;
  readonly objective: Objective;
  readonly adapter: TrainedAdapter;
}

/** Undefined where none are kept. Rejects as `needSame` where the one to go on from is of another training. */
export async function openCheckpoints(
  context: StageContext,
  { what, loaded, order }: Training,
  { trainer, adapter }: Made,
): Promise<Checkpoints | undefined> {
  const { checkpoints: kept, gpu, recipe, emit } = context;
  if (!kept) return undefined;
  const teacher = what === 'distill' ? context.teacher : undefined;
  const { rows, training } = order;
  const total = totalSteps(rows.length, training);
  const lasting = await lastingOf(context, { what, loaded, teacher, rows }, adapter.value, kept, total);
  if (kept.resumed) {
    needSame(kept.resumed, lasting);
    const failure = roundsOtherwise(kept.resumed, lasting);
    if (failure) emit({ type: 'trouble', step: kept.resumed.state.step, failure });
  }
  const { first, second } = trainer.moments;
  const { step = 0, milliseconds = 0 } = kept.resumed?.state ?? {};
  return new Checkpoints({
    ...{ slots: kept.slots, lasting, emit, ...recipe.checkpoints },
    stepsPerEpoch: total / training.epochs,
    before: { step, milliseconds, events: kept.resumed?.events ?? [] },
    capture: async () => {
      // All three are copied on the card before the first is waited for.
      const copies = [adapter.value.flat, first, second].map((tensor) => download(gpu, tensor));
      const [values, ...moments] = (await Promise.all(copies)).map((bytes) => new Uint8Array(bytes));
      return { adapter: values!, first: moments[0]!, second: moments[1]! };
    },
  });
}

/**
 * Puts everything back as it was after the checkpoint's step, and tells again what was told by then. Says after how many steps
 * the training goes on: 0 for one that begins; undefined when stopped.
 */
export async function goOn(
  { gpu, checkpoints, control, emit }: StageContext,
  { trainer, objective, adapter }: Made,
  order: Scheduled,
  tell: (event: StageEvent) => void,
): Promise<number | undefined> {
  const resumed = checkpoints?.resumed;
  if (!resumed) return 0;
  const { step, totalSteps: total, milliseconds } = resumed.state;
  uploadValues(gpu, trainer, adapter.value, resumed.values);
  if (objective.distils && order.training.epochs > 1) {
    const again = Math.min(step, total / order.training.epochs);
    for (const [done, { micro }] of [...schedule(order)].slice(0, again).entries()) {
      emit({ type: 'phase', phase: 'recalling', done, total: again });
      if ((await control.heed()) === 'stop') return undefined;
      if (!checkpoints.changes.skipped.includes(done + 1)) await trainer.recall(objective, micro);
    }
  }
  adapter.steps = step;
  emit({ type: 'resumed', step, milliseconds });
  for (const event of resumed.events) tell(event);
  return step;
}

/** A stop, or whatever else ended the run, came while its models were being evaluated on the way. */
export function owesEvaluation({ checkpoints, recipe }: Pick<StageContext, 'checkpoints' | 'recipe'>): boolean {
  const resumed = checkpoints?.resumed;
  const { everySteps } = recipe.evaluation;
  if (!resumed || everySteps === 0) return false;
  const { step, totalSteps: total } = resumed.state;
  if (step % everySteps !== 0 || step >= total) return false;
  return !resumed.events.some((event) => event.type === 'evaluation' && event.evaluation.step === step);
}
