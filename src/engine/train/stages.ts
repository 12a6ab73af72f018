/** The stages of the story, each a page: baseline, SFT, merge, distil, its control, and the last evaluation. */
import type { TokenRow } from '../data/examples';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { discard, type LoadedModel, type TrainedAdapter } from '../model/loaded';
import { allocateAdapter, initializeAdapter, mergeAdapter } from '../model/lora';
import type { Model } from '../model/weights';
import { mixSeed } from '../random';
import type { Split, Stage, StageEvent, StageResult, Subject } from '../studio';
import { StudioError } from '../studioError';
import type { Control } from './control';
import { distill } from './distill';
import { type Candidate, measureAnswers, measureLoss, sampleRows } from './evaluate';
import { train } from './loop';
import { runSizes } from './objective';
import type { Recipe } from './recipe';
import { sft } from './sft';
import { Trainer } from './trainer';

export interface StageContext {
  readonly gpu: Gpu;
  readonly recipe: Recipe;
  readonly control: Control;
  readonly emit: (event: StageEvent) => void;
  readonly teacher: LoadedModel | undefined;
  readonly student: LoadedModel | undefined;
  /** Token rows of a split under a model's tokenizer; empty when there is no such data, undefined when stopped. */
  readonly rows: (model: LoadedModel, split: Split) => Promise<readonly TokenRow[] | undefined>;
}

type Trained = 'sft' | 'distill' | 'control';

type StageRunner = (context: StageContext) => Promise<StageResult>;

/** Streams of random numbers that must not overlap. */
const stream = { initial: 1, dropout: 2, order: 3 } as const;

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

/** SFT of the teacher, distillation of the student, or the student's control run: one adapter, one loop. */
async function trainStage(
  context: StageContext,
  loaded: LoadedModel,
  what: Trained,
  subject: Subject,
): Promise<StageResult> {
  const { gpu, recipe, control, emit } = context;
  // The control run differs from distillation in the objective alone, so it takes distillation's settings.
  const training = what === 'sft' ? recipe.sft : recipe.distill;
  const teacher = what === 'distill' ? mergedTeacher(context) : undefined;
  const rows = await (teacher ? sharedRows(context, loaded) : context.rows(loaded, 'train'));
  if (!rows) return { outcome: 'stopped', steps: 0 };
  if (rows.length === 0) throw new StudioError('no-rows', 'There are no training rows that fit the model.');
  const sizes = runSizes(rows, training.batchSize);
  const vocabulary = Math.min(loaded.base.config.vocabulary, teacher?.config.vocabulary ?? Number.POSITIVE_INFINITY);
  const settings = { training, dropout: recipe.lora.dropout, seed: mixSeed(recipe.seed, stream.dropout), vocabulary };
  const adapter: TrainedAdapter = newAdapter(context, loaded, what);
  const arena = new Arena(gpu.device, 'training');
  let trainer: Trainer | undefined;
  try {
    trainer = new Trainer(gpu, arena, loaded.base, adapter.value, sizes, settings);
    const objective = teacher ? distill(gpu, arena, teacher, recipe.distill, sizes, trainer.chunk) : sft;
    const candidate = { model: loaded.base, adapter: adapter.value };
    emit({ type: 'phase', phase: 'compiling', done: 0, total: 1 });
    if ((await control.heed()) === 'stop') return { outcome: 'stopped', steps: 0 };
    const result = await train(trainer, objective, {
      ...{ rows, training, seed: mixSeed(recipe.seed, stream.order), control },
      onStep: (metrics) => {
        if (metrics.step === 1) keep(loaded, what, adapter);
        adapter.steps = metrics.step;
        emit({ type: 'phase', phase: 'training', done: metrics.step, total: metrics.totalSteps });
        emit({ type: 'step', metrics });
      },
      evaluateEvery: recipe.evaluation.everySteps,
      evaluate: async (step) => {
        await evaluate(context, loaded, candidate, subject, step, false);
      },
    });
    if (result.outcome === 'stopped') return result;
    const measured = await evaluate(context, loaded, candidate, subject, result.steps, true);
    return measured ? result : { ...result, outcome: 'stopped' };
  } finally {
    trainer?.destroy();
    arena.destroy();
    if (adapter.steps === 0) adapter.arena.destroy();
  }
}

function newAdapter({ gpu, recipe }: StageContext, loaded: LoadedModel, what: Trained): TrainedAdapter {
  const arena = new Arena(gpu.device, `adapter ${what}`);
  const value = allocateAdapter(arena, loaded.base, recipe.lora, 'adapter');
  initializeAdapter(gpu, value, mixSeed(recipe.seed, stream.initial));
  return { value, arena, steps: 0 };
}

/** From its first step on, the new adapter takes the old one's place; a stopped run's adapter is usable. */
function keep(loaded: LoadedModel, what: Trained, adapter: TrainedAdapter): void {
  discard(loaded, what);
  if (what === 'sft') discard(loaded, 'merged');
  loaded.adapters.set(what, adapter);
}

function mergedTeacher(context: StageContext): Model {
  const teacher = need(context.teacher, 'teacher');
  if (!teacher.merged) throw new StudioError('not-merged', 'Distillation needs the merged teacher: run Merge first.');
  return teacher.merged.value;
}

/** The student's rows that fit the teacher too. Both must read them as the same tokens. */
async function sharedRows(context: StageContext, student: LoadedModel): Promise<readonly TokenRow[] | undefined> {
  const teacherRows = await context.rows(need(context.teacher, 'teacher'), 'train');
  const studentRows = await context.rows(student, 'train');
  if (!teacherRows || !studentRows) return undefined;
  const theirs = new Map(teacherRows.map((row) => [row.example, row]));
  const shared = studentRows.filter((row) => theirs.has(row.example));
  const differs = shared.find((row) => !sameTokens(row, theirs.get(row.example)));
  if (!differs) return shared;
  const { line } = differs.example;
  const message =
    `The tokenizers of teacher and student differ: line ${line} becomes other tokens. ` +
    'Distillation compares the two models token by token, so both must come from one family.';
  throw new StudioError('tokenizers-differ', message, { line });
}

function sameTokens(a: TokenRow, b: TokenRow | undefined): boolean {
  return b !== undefined && a.prompt.join() === b.prompt.join() && a.answer.join() === b.answer.join();
}

async function merge(context: StageContext): Promise<StageResult> {
  const { gpu, emit } = context;
  const teacher = need(context.teacher, 'teacher');
  const adapter = teacher.adapters.get('sft');
  if (!adapter) throw new StudioError('no-adapter-yet', 'There is no trained adapter to merge: run SFT first.');
  discard(teacher, 'merged');
  emit({ type: 'phase', phase: 'merging', done: 0, total: 1 });
  const arena = new Arena(gpu.device, 'merged');
  const weights = await mergeAdapter(gpu, arena, teacher.base, adapter.value).catch((error: unknown) => {
    arena.destroy();
    throw error;
  });
  teacher.merged = { value: { config: teacher.base.config, weights }, arena };
  emit({ type: 'phase', phase: 'merging', done: 1, total: 1 });
  const candidate = { model: teacher.merged.value, adapter: undefined };
  const measured = await evaluate(context, teacher, candidate, 'teacher-merged', adapter.steps, true);
  return measured ? { outcome: 'done', steps: 0 } : { outcome: 'stopped', steps: adapter.steps };
}

/** Every result there is, on all test rows. */
async function evaluateAll(context: StageContext): Promise<StageResult> {
  const { teacher, student } = context;
  const steps = (loaded: LoadedModel, what: Trained) => loaded.adapters.get(what)?.steps ?? 0;
  for (const [loaded, subject, candidate, what] of [
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
  const adapter = loaded?.adapters.get(what);
  return loaded && adapter && { model: loaded.base, adapter: adapter.value };
}

/** Test loss and answers, on all rows or on the recipe's sample; false when stopped on the way. */
async function evaluate(
  context: StageContext,
  loaded: LoadedModel,
  candidate: Candidate,
  subject: Subject,
  step: number,
  complete: boolean,
): Promise<boolean> {
  const { gpu, recipe, control, emit } = context;
  const all = await context.rows(loaded, 'test');
  if (!all) return false;
  if (all.length === 0) return true;
  const rows = complete ? all : sampleRows(all, recipe.evaluation.sampleRows);
  const watch = (phase: 'evaluating-loss' | 'generating') => ({
    boundary: () => control.boundary(),
    progress: (done: number, total: number) => emit({ type: 'phase', phase, done, total }),
  });
  const loss = await measureLoss(gpu, candidate, all, watch('evaluating-loss'));
  if (loss === undefined) return false;
  const answers = await measureAnswers(gpu, candidate, loaded.tokenizer, rows, recipe, watch('generating'));
  if (answers.length < rows.length) return false;
  const correct = answers.filter((answer) => answer.correct).length;
  const measured = { subject, step, loss, correct, rows: rows.length, complete: rows.length === all.length, answers };
  emit({ type: 'evaluation', evaluation: measured });
  return true;
}

function need(model: LoadedModel | undefined, role: string): LoadedModel {
  if (!model) throw new StudioError('no-model', `There is no ${role} model: load one first.`, { role });
  return model;
}
