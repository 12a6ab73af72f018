/** The small facts of a run out of the session, and the results of a kept run back into it: pure functions. */

import { stepsIn } from '../../engine/runs/curves';
import { artifactsOf, stageNames } from '../../engine/runs/names';
import type { KeptStage, RunRecord } from '../../engine/runs/record';
import { subjects } from '../../engine/runs/seriesData';
import { lossesIn, standing } from '../../engine/runs/summary';
import type { WholeRun } from '../../engine/runs/wholeRun';
import { idleStage } from '../initialState';
import { type SeriesData, trainingStages } from '../series';
import type { JudgedEvaluation, SessionState, Stage, StageRecord, Subject } from '../types';

type Facts = Pick<
  SessionState,
  | 'recipe'
  | 'demoValues'
  | 'includeControl'
  | 'stages'
  | 'evaluations'
  | 'mergeReport'
  | 'stepWork'
  | 'memory'
  | 'lastMeasured'
  | 'gpu'
>;

/** `before` with everything that happened since; `now` in milliseconds since 1970. */
export function updated(before: RunRecord, facts: Facts, curves: SeriesData, now: number): RunRecord {
  const { recipe, demoValues, includeControl, evaluations, mergeReport, stepWork, lastMeasured, gpu, memory } = facts;
  return {
    ...before,
    ...{ recipe, demoValues: [...demoValues], includeControl, lastMeasured },
    changed: now,
    gpu: gpu.state === 'open' ? copy(gpu.facts) : before.gpu,
    stages: Object.fromEntries(stageNames.map((stage) => [stage, stageNow(before.stages[stage], facts.stages[stage])])),
    measured: standing(Object.values(evaluations).flat()),
    losses: lossesIn(curves),
    mergeReport: mergeReport && copy(mergeReport),
    stepWork: stepWork && copy(stepWork),
    held: copy(memory.held),
  };
}

/** What is only shown, since the page was loaded again, stays as it ended. */
function stageNow(before: KeptStage | undefined, now: StageRecord): KeptStage {
  const { state, steps, milliseconds, totalSteps, checkpoint, exploded } = now;
  if (state === 'past' && before) return before;
  const planned = totalSteps !== undefined && { totalSteps };
  const { checkpoint: _, exploded: __, ...rest } = before ?? {};
  const kept = { ...(checkpoint !== undefined && { checkpoint }), ...(exploded !== undefined && { exploded }) };
  return { ...rest, state: state === 'past' ? 'done' : state, steps, milliseconds, ...planned, ...kept };
}

/** The session's values are read-only, those that storage gives are not: the same values, and of their own. */
function copy<T>(value: T): Mutable<T> {
  return structuredClone(value) as Mutable<T>;
}

type Mutable<T> = T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> } : T;

export type Results = Pick<
  SessionState,
  'stages' | 'evaluations' | 'mergeReport' | 'stepWork' | 'lastMeasured' | 'includeControl'
> & { readonly held: SessionState['memory']['held'] };

/** The results of a run as the page shows them while the engine holds none of them. */
export function resultsOf({ record, curves, evaluations }: WholeRun): Results {
  const { mergeReport, stepWork, lastMeasured, includeControl, held } = record;
  const stages = stageNames.map((stage) => [stage, asLeft(stage, record.stages[stage], curves)] as const);
  return {
    stages: Object.fromEntries(stages) as Record<Stage, StageRecord>,
    evaluations: bySubject(evaluations),
    ...{ mergeReport, stepWork, lastMeasured, includeControl, held },
  };
}

/** How a stage is shown after the page was closed: nothing runs, and what it left is not in the engine. */
export function asLeft(stage: Stage, kept: KeptStage | undefined, curves: SeriesData): StageRecord {
  if (!kept) return idleStage;
  const { state, steps, milliseconds, checkpoint, exploded } = kept;
  const left = { checkpoint, exploded };
  if (state === 'running' || state === 'paused') {
    const training = trainingStages.find((name) => name === stage);
    return { state: 'interrupted', steps: training ? stepsIn(curves, training) : 0, milliseconds, ...left };
  }
  if (state === 'interrupted') return { state, steps, milliseconds, ...left };
  // What failed or was stopped before it made anything has left nothing, and the sentence about it is gone.
  if (state !== 'done' && steps === 0) return idleStage;
  return { state: artifactsOf[stage] && state !== 'idle' ? 'past' : state, steps, milliseconds, ...left };
}

function bySubject(evaluations: readonly JudgedEvaluation[]): SessionState['evaluations'] {
  const of = (subject: Subject) => evaluations.filter((evaluation) => evaluation.subject === subject);
  return Object.fromEntries(subjects.map((subject) => [subject, of(subject)])) as unknown as Record<
    Subject,
    JudgedEvaluation[]
  >;
}
