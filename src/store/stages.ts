/** What each stage needs, what a new model or new rows undo, and the order of "run all". Pure functions of the session. */
import { artifactsOf } from '../engine/runs/names';
import type { Artifact, Role, SessionState, Split, Stage, StageRecord, StageState, Subject } from './types';

/** The pipeline from left to right; `control` stands beside it. */
export const pipeline: readonly Stage[] = ['baseline', 'sft', 'merge', 'distill', 'evaluate'];

export type Need = Role | Split | Stage | 'gpu' | 'settings';

type Facts = Pick<SessionState, 'gpu' | 'models' | 'data' | 'stages' | 'drafts' | 'lost' | 'recipe'>;

const inputs: Readonly<Record<Stage, readonly (Role | Split)[]>> = {
  baseline: ['teacher', 'student', 'test'],
  sft: ['teacher', 'train', 'test'],
  merge: ['teacher'],
  distill: ['teacher', 'student', 'train', 'test'],
  evaluate: ['teacher', 'student', 'test'],
  control: ['student', 'train', 'test'],
};

const before: Partial<Readonly<Record<Stage, Stage>>> = { merge: 'sft', distill: 'merge', evaluate: 'distill' };

/** The stages that the recipe asks for: a teacher that teaches as it was loaded needs neither SFT nor merging. */
export function stagesOf({ distill }: SessionState['recipe']): readonly Stage[] {
  return distill.teacher === 'loaded' ? pipeline.filter((stage) => stage !== 'sft' && stage !== 'merge') : pipeline;
}

/** What is missing before the stage can start; empty when it can. */
export function missing(facts: Facts, stage: Stage): readonly Need[] {
  const needs: Need[] = [];
  if (facts.gpu.state !== 'open' || facts.lost) needs.push('gpu');
  for (const input of inputs[stage]) if (!present(facts, input)) needs.push(input);
  const earlier = before[stage];
  const skipped = stage === 'distill' && !stagesOf(facts.recipe).includes('merge');
  if (earlier && !skipped && !usable(facts.stages[earlier]) && !standsIn(facts, earlier)) needs.push(earlier);
  if (Object.keys(facts.drafts).length > 0) needs.push('settings');
  return needs;
}

/** What must run again before a stage can go on: the engine merges nothing by itself. */
export function mergeFirst(facts: Facts, stage: Stage): readonly Stage[] {
  return stage === 'distill' && missing(facts, stage).includes('merge') ? ['merge'] : [];
}

function present(facts: Facts, input: Role | Split): boolean {
  if (input === 'teacher' || input === 'student') {
    const slot = facts.models[input];
    return slot.info !== undefined && !slot.loading;
  }
  const slot = facts.data[input];
  return slot.dataset !== undefined && slot.dataset.examples.length > 0 && !slot.loading;
}

/** A run that was stopped or failed on the way counts when it learnt something: its adapter is kept. */
export function usable({ state, steps }: StageRecord): boolean {
  return state === 'done' || ((state === 'stopped' || state === 'failed') && steps > 0);
}

/** From an earlier visit: what it measured is in sight, and the engine has nothing of it. */
export function isOnlyShown({ state }: StageRecord): boolean {
  return state === 'past' || state === 'interrupted';
}

/** Merged from the same adapter as before, it is what the later stages learnt from. */
export function restates({ stages }: Pick<SessionState, 'stages'>, stage: Stage): boolean {
  return stage === 'merge' && stages.merge.state === 'past';
}

/** An adapter that was opened is the result of its stage, with 0 steps. */
export function standsIn({ models }: Pick<SessionState, 'models'>, stage: Stage): boolean {
  if (stage === 'sft') return models.teacher.adapter !== undefined;
  return stage === 'distill' && models.student.adapter !== undefined;
}

export const stageOf: Readonly<Record<Artifact, Stage>> = {
  'teacher-adapter': 'sft',
  'teacher-merged': 'merge',
  'student-adapter': 'distill',
  'student-distilled': 'distill',
  'control-adapter': 'control',
};

const none: readonly Artifact[] = [];

/**
 * The results of a stage that the engine holds: a stopped or failed run has one when it learnt something, and an opened
 * adapter stands in for the student's.
 */
export function savable(facts: Pick<SessionState, 'stages' | 'models'>, stage: Stage): readonly Artifact[] {
  if (usable(facts.stages[stage])) return artifactsOf[stage] ?? none;
  return stage === 'distill' && standsIn(facts, stage) ? untrained : none;
}

/** Of an adapter that was opened and not trained, what the person does not have yet. */
const untrained: readonly Artifact[] = ['student-distilled'];

export function shownState(facts: Facts, stage: Stage): StageState | 'blocked' {
  const { state } = facts.stages[stage];
  return state === 'idle' && missing(facts, stage).length > 0 ? 'blocked' : state;
}

/** The stages from the first one not done that are not done; everything that is asked for once all of it is done. */
export function remaining({
  stages,
  recipe,
  includeControl,
}: Pick<SessionState, 'stages' | 'recipe' | 'includeControl'>): readonly Stage[] {
  const all = stagesOf(recipe);
  const first = all.findIndex((stage) => stages[stage].state !== 'done');
  const controlOpen = includeControl && stages.control.state !== 'done';
  const control: readonly Stage[] = includeControl && (first < 0 || controlOpen) ? ['control'] : [];
  if (first < 0) return controlOpen ? control : [...all, ...control];
  return [...all.slice(first).filter((stage) => stages[stage].state !== 'done'), ...control];
}

/** Stages whose result no longer holds once `what` starts again or is replaced. */
export type Cause = Stage | Role | Split | 'teacher-adapter' | 'student-adapter';

export const undoes: Readonly<Record<Cause, readonly Stage[]>> = {
  baseline: [],
  sft: ['merge', 'distill', 'evaluate'],
  merge: ['distill', 'evaluate'],
  distill: ['evaluate'],
  evaluate: [],
  control: [],
  teacher: ['baseline', 'sft', 'merge', 'distill', 'evaluate'],
  student: ['baseline', 'distill', 'evaluate', 'control'],
  // An adapter that was opened or taken away.
  'teacher-adapter': ['sft', 'merge', 'distill', 'evaluate'],
  'student-adapter': ['distill', 'evaluate', 'control'],
  train: ['sft', 'merge', 'distill', 'evaluate', 'control'],
  test: ['baseline', 'evaluate'],
};

/** Whose measured answers no longer hold: with other test rows, nobody's. */
export function forgottenBy(what: Cause): readonly Subject[] {
  if (what === 'test') return Object.values(subjectsOf).flat();
  return undoes[what].flatMap((stage) => subjectsOf[stage]);
}

/** Whose measured answers go with a stage when it is undone or starts again. */
export const subjectsOf: Readonly<Record<Stage, readonly Subject[]>> = {
  baseline: ['teacher-base', 'student-base'],
  sft: ['teacher-sft'],
  merge: ['teacher-merged'],
  distill: ['student-distilled'],
  evaluate: [],
  control: ['student-sft'],
};
