/** What was trained in this page, and what of it goes when other rows or another model are opened. */
import { adapterOf } from './runs/begin';
import { type TrainingStage, trainingStages } from './series';
import { type Cause, isOnlyShown, undoes } from './stages';
import type { SessionState } from './types';

/** Training stages that have learnt at least one step, and whose result the engine holds. */
export function trained(stages: SessionState['stages']): readonly TrainingStage[] {
  return trainingStages.filter((stage) => stages[stage].steps > 0 && !isOnlyShown(stages[stage]));
}

/** Of those, the ones whose adapter is not in the browser's storage: they are gone when the page is closed. */
export function unkept({ stages, runs }: Pick<SessionState, 'stages' | 'runs'>): readonly TrainingStage[] {
  const kept = runs.list.find(({ id }) => id === runs.current)?.adapters ?? {};
  return trained(stages).filter((stage) => {
    const artifact = adapterOf(stage);
    return !artifact || !kept[artifact];
  });
}

type Facts = Pick<SessionState, 'stages' | 'running' | 'lost'>;

/** Empty as well when nothing can be opened: while a stage runs, or when the engine is gone with all it had learnt. */
export function wouldLose({ stages, running, lost }: Facts, what: Cause): readonly TrainingStage[] {
  if (running !== undefined || lost) return [];
  return trained(stages).filter((stage) => undoes[what].includes(stage));
}
