/** `trainer_state.json` of a training stage, as Transformers' Trainer writes it and `TrainerState.load_from_json` reads it. */
import type { Recipe } from '../train/recipe';
import type { LoggedStep, StageLog } from './stageLog';

type Entry = Readonly<Record<string, number>>;

/** Keys in the order of the alphabet, as the Trainer has them. What it counts and the studio does not is 0, as where it counts nothing. */
export function trainerState(stage: StageLog, { everySteps }: Recipe['evaluation']): string {
  const { steps, planned, training, log } = stage;
  const state = {
    best_global_step: null,
    best_metric: null,
    best_model_checkpoint: null,
    epoch: log.at(-1)?.epoch ?? 0,
    // The studio's 0 is "only at the end".
    eval_steps: everySteps || planned,
    global_step: steps,
    is_hyper_param_search: false,
    is_local_process_zero: true,
    is_world_process_zero: true,
    log_history: [...log.flatMap(entries), ...(stage.done ? [summary(stage)] : [])],
    logging_steps: 1,
    max_steps: planned,
    num_input_tokens_seen: 0,
    num_train_epochs: training.epochs,
    save_steps: planned,
    stateful_callbacks: {},
    total_flos: 0,
    train_batch_size: training.batchSize,
    trial_name: null,
    trial_params: null,
  };
  return `${JSON.stringify(state, null, 2)}\n`;
}

function entries({ step, epoch, train, evaluated }: LoggedStep): readonly Entry[] {
  const measured = Object.entries(evaluated).map(([name, value]) => [`eval_${name}`, value] as const);
  return [
    ...(Object.keys(train).length > 0 ? [sorted({ ...train, epoch, step })] : []),
    ...(measured.length > 0 ? [sorted({ ...Object.fromEntries(measured), epoch, step })] : []),
  ];
}

/** What the Trainer logs when training has ended. */
function summary({ steps, milliseconds, rows, training, log }: StageLog): Entry {
  const losses = log.flatMap(({ train }) => train.loss ?? []);
  const seconds = milliseconds / 1000;
  const speeds = seconds > 0 && {
    train_steps_per_second: steps / seconds,
    ...(rows !== undefined && { train_samples_per_second: (rows * training.epochs) / seconds }),
  };
  return sorted({
    ...{ epoch: log.at(-1)?.epoch ?? 0, step: steps, total_flos: 0, train_runtime: seconds, ...speeds },
    train_loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
  });
}

function sorted(entry: Entry): Entry {
  return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)));
}
