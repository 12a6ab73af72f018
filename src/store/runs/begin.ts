/**
 * When a run begins. A run is one set of rows and models, and what the stages made of them:
 *
 * - The first stage that has made something begins one.
 * - Other rows, another model or another adapter end it; what still holds then is taken along into the next one.
 * - A stage that would replace what was made in the run itself (SFT again, or distillation with other settings) ends it as it
 *   was, and the next one takes along what still holds. So no result is ever lost, and every try can be compared.
 * - What was taken along is still kept by the run that made it, and may be replaced: "run all again" begins one run, not five.
 * - A stage that is refused, stops or fails before it has something of its own (a step, an answer, a merged model) replaces
 *   nothing, and begins nothing.
 * - Measuring again (evaluate), and merging the same adapter again after the page was loaded anew, replace nothing.
 *
 * All of it as pure functions.
 */

import { artifactsOf, splitNames, stageNames } from '../../engine/runs/names';
import { type KeptModel, RECORD_VERSION, type RunRecord } from '../../engine/runs/record';
import { firstName } from '../../engine/runs/summary';
import { restates, subjectsOf, undoes } from '../stages';
import type { AdapterArtifact, SessionState, Split, Stage } from '../types';
import { sourceOf } from './desk';
import type { Held } from './held';

type Facts = Pick<
  SessionState,
  'models' | 'data' | 'recipe' | 'demoValues' | 'includeControl' | 'stages' | 'evaluations'
>;

export interface Beginning {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly software: string;
  readonly held: Held;
  /** Names that other runs have. */
  readonly taken: readonly string[];
}

/** `before`: the run whose results still stand in the session, but for those of `going`. */
export function begun(
  facts: Facts,
  { id, now, software, held, taken }: Beginning,
  before?: RunRecord,
  going: readonly Stage[] = [],
): RunRecord {
  const { data, recipe, demoValues, includeControl } = facts;
  const stays = stageNames.filter((stage) => !going.includes(stage));
  return {
    ...{ version: RECORD_VERSION, id, software, started: now, changed: now, note: '' },
    name: unusedName(firstName((data.train.dataset ?? data.test.dataset)?.name, now), taken),
    models: { teacher: modelOf(facts, held, 'teacher'), student: modelOf(facts, held, 'student') },
    data: dataOf(facts),
    ...{ recipe, demoValues: [...demoValues], includeControl },
    stages: takenAlong(facts, before, stays),
    ...{ measured: {}, losses: {}, held: {} },
    adapters: Object.fromEntries(
      stays.flatMap((stage) => {
        const artifact = adapterOf(stage);
        const kept = artifact && facts.stages[stage].steps > 0 && before?.adapters[artifact];
        return kept ? [[artifact, kept]] : [];
      }),
    ),
  };
}

function takenAlong({ stages }: Facts, before: RunRecord | undefined, stays: readonly Stage[]): RunRecord['stages'] {
  if (!before) return {};
  const kept = stays.flatMap((stage) => {
    const old = before.stages[stage];
    return old && stages[stage].state !== 'idle' ? [[stage, { ...old, from: old.from ?? before.id }] as const] : [];
  });
  return Object.fromEntries(kept);
}

/** The same run after stages that it had taken along were replaced in it. */
export function without(run: RunRecord, going: readonly Stage[]): RunRecord {
  const adapters = going.flatMap((stage) => adapterOf(stage) ?? []);
  return {
    ...run,
    stages: omit(run.stages, going),
    adapters: omit(run.adapters, adapters),
  };
}

function omit<T extends object>(record: T, keys: readonly string[]): T {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key))) as T;
}

/** Stages whose results go when the stage has something new. */
export function replacedBy({ stages }: Pick<Facts, 'stages'>, stage: Stage): readonly Stage[] {
  if (stage === 'evaluate') return [];
  if (restates({ stages }, stage)) return [];
  return [stage, ...undoes[stage]];
}

/** The stage has made something, and in this run: it was not taken along. */
export function madeIn(run: RunRecord, stage: Stage): boolean {
  const kept = run.stages[stage];
  if (!kept || kept.from !== undefined || kept.state === 'idle') return false;
  return kept.steps > 0 || kept.state === 'done' || subjectsOf[stage].some((subject) => run.measured[subject]);
}

/** Nothing was made in it: a run that nobody would miss. */
export function isEmpty(run: RunRecord): boolean {
  return stageNames.every((stage) => !madeIn(run, stage));
}

/** Something measured or trained is still in sight. */
export function somethingHolds({ stages, evaluations }: Pick<Facts, 'stages' | 'evaluations'>): boolean {
  const ran = Object.values(stages).some(({ state }) => state !== 'idle');
  return ran || Object.values(evaluations).some((list) => list.length > 0);
}

export function adapterOf(stage: Stage): AdapterArtifact | undefined {
  return artifactsOf[stage]?.find((artifact): artifact is AdapterArtifact => artifact.endsWith('-adapter'));
}

function modelOf({ models }: Facts, held: Held, role: 'teacher' | 'student'): KeptModel | undefined {
  const [{ info, adapter }, from] = [models[role], held.models[role]];
  if (!info || !from) return undefined;
  const { mismatch: _, ...sizes } = info;
  return {
    source: sourceOf(from.source, from.demo),
    info: sizes,
    ...(adapter && { adapter: { ...adapter, targets: [...adapter.targets] } }),
  };
}

function dataOf({ data }: Facts): RunRecord['data'] {
  const facts = splitNames.flatMap((split: Split) => {
    const { dataset, demo } = data[split];
    if (!dataset) return [];
    return [[split, { name: dataset.name, demo, rows: dataset.examples.length, problems: dataset.problems.length }]];
  });
  return Object.fromEntries(facts);
}

function unusedName(name: string, taken: readonly string[]): string {
  let candidate = name;
  for (let n = 2; taken.includes(candidate); n++) candidate = `${name} (${n})`;
  return candidate;
}
