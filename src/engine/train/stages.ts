/** The stages of the story: baseline, SFT, merge, distil, its control, and the last evaluation. */
import { adapterFor, type LoadedModel, type Trained } from '../model/loaded';
import type { Stage, StageResult } from '../studio';
import { type Candidate, need, type StageContext } from './context';
import { evaluate } from './evaluate';
import { merge } from './mergeStage';
import { trainStage } from './trainStage';

type StageRunner = (context: StageContext) => Promise<StageResult>;

export const stages: Readonly<Record<Stage, StageRunner>> = {
  baseline,
  sft: (context) => trainStage(context, need(context.teacher, 'teacher'), 'sft', 'teacher-sft'),
  merge,
  distill: (context) => trainStage(context, need(context.student, 'student'), 'distill', 'student-distilled'),
  control: (context) => trainStage(context, need(context.student, 'student'), 'control', 'student-sft'),
  evaluate: evaluateAll,
};

async function baseline(context: StageContext): Promise<StageResult> {
  const { teacher, student } = context;
  for (const [model, subject] of [
    [teacher, 'teacher-base'],
    [student, 'student-base'],
  ] as const) {
    if (!model) continue;
    const done = await evaluate(context, model, { model: model.base, adapter: undefined }, subject, 0, true);
    if (!done) return { outcome: 'stopped', steps: 0 };
  }
  return { outcome: 'done', steps: 0 };
}

/** Every result there is, on all test rows. */
async function evaluateAll(context: StageContext): Promise<StageResult> {
  const { teacher, student, recipe } = context;
  const taught = recipe.distill.teacher === 'loaded' && teacher && { model: teacher.base, adapter: undefined };
  const steps = (loaded: LoadedModel, what?: Trained) => (what && adapterFor(loaded, what)?.steps) ?? 0;
  for (const [loaded, subject, candidate, what] of [
    [teacher, 'teacher-base', taught, undefined],
    [teacher, 'teacher-merged', teacher?.merged && { model: teacher.merged.value, adapter: undefined }, 'sft'],
    [student, 'student-distilled', adapted(student, 'distill'), 'distill'],
    [student, 'student-sft', adapted(student, 'control'), 'control'],
  ] as const) {
    if (!loaded || !candidate) continue;
    const done = await evaluate(context, loaded, candidate, subject, steps(loaded, what), true);
    if (!done) return { outcome: 'stopped', steps: 0 };
  }
  return { outcome: 'done', steps: 0 };
}

function adapted(loaded: LoadedModel | undefined, what: 'distill' | 'control'): Candidate | undefined {
  const adapter = adapterFor(loaded, what);
  return loaded && adapter && { model: loaded.base, adapter: adapter.value };
}
