/** What a training stage works on: its rows in their order, the model that teaches, and the sizes and settings that follow. */
import type { LoadedModel, Trained } from '../model/loaded';
import type { Model } from '../model/weights';
import { mixSeed } from '../random';
import { StudioError } from '../studioError';
import { need, type StageContext } from './context';
import type { Scheduled } from './loop';
import { layoutFor, type RunSizes, runSizes } from './objective';
import { sharedRows } from './sharedRows';
import { stream } from './streams';
import type { TrainerSettings } from './trainer';

export interface Training {
  readonly what: Trained;
  readonly loaded: LoadedModel;
  /** Of a distillation. */
  readonly teacher: Model | undefined;
  readonly order: Scheduled;
  readonly sizes: RunSizes;
  readonly settings: TrainerSettings;
}

/** Undefined when stopped. Rejects with `no-model`, `not-merged`, `no-rows`. */
export async function trainingOf(
  context: StageContext,
  loaded: LoadedModel,
  what: Trained,
): Promise<Training | undefined> {
  const { recipe } = context;
  // The control run differs from distillation in the objective alone, so it takes distillation's settings.
  const training = what === 'sft' ? recipe.sft : recipe.distill;
  const teacher = what === 'distill' ? teachingModel(context) : undefined;
  const rows = await (teacher ? sharedRows(context, loaded) : context.rows(loaded, 'train'));
  if (!rows) return undefined;
  if (rows.length === 0) throw new StudioError('no-rows', 'There are no training rows that fit the model.');
  const layout = layoutFor(recipe, loaded.tokenizer, teacher !== undefined);
  const vocabulary = Math.min(loaded.base.config.vocabulary, teacher?.config.vocabulary ?? Number.POSITIVE_INFINITY);
  const seed = mixSeed(recipe.seed, stream.dropout);
  return {
    ...{ what, loaded, teacher },
    order: { rows, training, seed: mixSeed(recipe.seed, stream.order), shuffle: recipe.shuffle },
    sizes: runSizes(rows, training.batchSize, layout, training.epochs),
    settings: { training, dropout: recipe.lora.dropout, seed, vocabulary, layout },
  };
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
