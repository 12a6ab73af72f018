/** Whether the learning rate ever reaches its full value: with few rows the warm-up can be longer than the run. */
import type { Recipe, SessionState } from './types';

/** Optimizer steps over `rows` rows, as the engine counts them (`totalSteps` in `engine/train/schedule.ts`). */
export function plannedSteps(
  rows: number,
  { batchSize, accumulation, epochs }: Pick<Recipe['sft'], 'batchSize' | 'accumulation' | 'epochs'>,
): number {
  return Math.ceil(rows / (batchSize * accumulation)) * epochs;
}

type Facts = Pick<SessionState, 'recipe' | 'data'>;

/** Steps of the whole run when the warm-up takes all of them; undefined when it ends, or when there are no rows yet. */
export function unfinishedWarmup({ recipe, data }: Facts, group: 'sft' | 'distill'): number | undefined {
  const rows = data.train.dataset?.examples.length ?? 0;
  const steps = plannedSteps(rows, recipe[group]);
  return steps > 0 && steps <= recipe[group].warmupSteps ? steps : undefined;
}
