/** Runs a job on an engine and leaves its results in a folder; knows neither the terminal nor which GPU it is. */
import type { Studio } from '../engine/engine';
import { fingerprint } from '../engine/runs/fingerprint';
import { isTrainingStage } from '../engine/runs/seriesData';
import type { Artifact, Keeping, OnnxForm, Stage, StageEvent, StageResult, VouchReport } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { type Change, nothingToChange } from './change';
import { type FileThere, modelFolder, rowsFile } from './files';
import { holdFolder } from './inUse';
import type { Job } from './job';
import { Journal } from './journal';
import { unlessLost } from './lost';
import { discardKept } from './output';
import { restore } from './restore';
import { Results } from './results';
import { takeHome } from './takeHome';

/** What a run tells: the engine's own events with their stage, and what was opened and written. */
export type JobEvent =
  | { readonly type: 'opened'; readonly what: string; readonly detail: Readonly<Record<string, unknown>> }
  | { readonly type: 'stage'; readonly stage: Stage; readonly event: StageEvent }
  | { readonly type: 'stage-end'; readonly stage: Stage; readonly result: StageResult; readonly seconds: number }
  | { readonly type: 'saving'; readonly artifact: Artifact; readonly bytes: number; readonly total: number }
  | {
      readonly type: 'saved';
      readonly artifact: Artifact;
      readonly folder: string;
      readonly files: readonly FileThere[];
    }
  | { readonly type: 'vouched'; readonly artifact: Artifact; readonly report: VouchReport }
  /** The second engine could not be asked; that says nothing about the model. */
  | { readonly type: 'not-vouched'; readonly artifact: Artifact; readonly form: OnnxForm; readonly reason: string }
  /** An interrupted job goes on behind the stages that are done. */
  | { readonly type: 'resuming'; readonly output: string; readonly done: readonly Stage[] }
  /** The interrupted stage has no checkpoint that it could go on from. */
  | { readonly type: 'begun-anew'; readonly stage: Stage; readonly reason: string }
  /** The job that was to go on is done. */
  | { readonly type: 'nothing-left'; readonly output: string }
  /** The card was lost, and the job goes on by itself on a new one. */
  | { readonly type: 'recovering'; readonly reason: string };

/**
 * Says whether all stages were done (and none stopped), and no second engine disagreed with what was written. Rejects with the
 * StudioError of the stage that failed, or `gpu-lost`; what was written before it stays. `stop` ends it between stages and between
 * comparisons; within one the engine's own `stop` does. `resume`: goes on with what an interrupted job left in the output
 * folder; rejects as `Journal.resume` where nothing can, and with `output-in-use` while another job is at work there. `change`: what the interrupted training leaves out, or learns more slowly by.
 */
export async function runJob(
  job: Job,
  engine: Studio,
  tell: (event: JobEvent) => void,
  stop: Pick<AbortSignal, 'aborted'> = { aborted: false },
  resume = false,
  change?: Change,
): Promise<boolean> {
  await using _ = await holdFolder(job.output);
  const journal = await (resume ? Journal.resume(job) : Journal.begin(job));
  if (!journal) {
    await discardKept(job.output);
    tell({ type: 'nothing-left', output: job.output });
    return true;
  }
  const results = new Results(job, journal.run);
  for (const event of journal.done.flatMap(({ events }) => events)) results.add(event);
  const listen = (event: JobEvent): void => {
    results.add(event);
    journal.add(event);
    tell(event);
  };
  try {
    const done = await unlessLost(engine, () =>
      allStages({ job, engine, journal, results, listen, stop, resume, change }),
    );
    await results.write('failed');
    if (done) await discardKept(job.output);
    return done && !results.disagreed;
  } catch (error) {
    const lost = error instanceof StudioError && error.code === 'gpu-lost';
    await results.write(lost ? 'interrupted' : 'failed');
    throw error;
  }
}

interface Running {
  readonly job: Job;
  readonly engine: Studio;
  readonly journal: Journal;
  readonly results: Results;
  readonly listen: (event: JobEvent) => void;
  readonly stop: Pick<AbortSignal, 'aborted'>;
  readonly resume: boolean;
  readonly change: Change;
}

/** False when one was stopped. */
async function allStages({ job, engine, journal, results, listen, stop, resume, change }: Running): Promise<boolean> {
  const done = journal.done.map(({ stage }) => stage);
  if (resume) listen({ type: 'resuming', output: job.output, done });
  await open(job, engine, journal, listen);
  if (done.length < job.stages.length) await restore(job.output, engine, journal.done);
  for (const [at, stage] of job.stages.slice(done.length).entries()) {
    if (stop.aborted) return false;
    const result = await runStage(job, engine, stage, listen, resume && at === 0, change);
    await takeHome(job, engine, stage, result, listen, stop);
    if (result.outcome === 'stopped') return false;
    await journal.end(stage, result);
    // What is known by now is there to be looked at, should the next stage take hours, or be the last.
    if (at + 1 < job.stages.length - done.length) await results.write('interrupted');
  }
  return true;
}

async function runStage(
  { recipe }: Job,
  engine: Studio,
  stage: Stage,
  listen: (event: JobEvent) => void,
  resume: boolean,
  change: Change,
): Promise<StageResult> {
  const since = performance.now();
  let before = 0;
  const hear = (event: StageEvent): void => {
    if (event.type === 'resumed') before = event.milliseconds;
    listen({ type: 'stage', stage, event });
  };
  // Until what the stage has made is in its place, its last checkpoint is all that there is of it.
  const keeping = isTrainingStage(stage) ? { key: stage, lasting: true } : undefined;
  if (resume && change && !keeping) throw nothingToChange(stage);
  const anew = () => engine.run(stage, recipe, hear, keeping);
  const goOn = (kept: Keeping) =>
    engine.run(stage, recipe, hear, { ...kept, resume: 'newest', change }).catch((error: unknown) => {
      if (change || !(error instanceof StudioError) || !unusable.has(error.code)) throw error;
      // Interrupted before its first checkpoint, or with nothing whole: no more is lost by beginning anew.
      listen({ type: 'begun-anew', stage, reason: error.message });
      return anew();
    });
  const result = await (resume && keeping ? goOn(keeping) : anew());
  const seconds = (performance.now() - since + before) / 1000;
  listen({ type: 'stage-end', stage, result, seconds });
  return result;
}

const unusable = new Set(['checkpoint-none', 'checkpoint-invalid']);

async function open(job: Job, engine: Studio, journal: Journal, listen: (event: JobEvent) => void): Promise<void> {
  listen({ type: 'opened', what: 'gpu', detail: { ...(await engine.open()) } });
  // What is known is not measured again with every model.
  if (journal.chosenKernels) await engine.takeKernels(journal.chosenKernels);
  for (const role of ['teacher', 'student'] as const) {
    const path = job.models[role];
    if (path === undefined) continue;
    listen({ type: 'opened', what: role, detail: { ...(await engine.loadModel(role, await modelFolder(path))) } });
  }
  for (const role of ['teacher', 'student'] as const) {
    const path = job.adapters[role];
    if (path === undefined) continue;
    listen({
      ...{ type: 'opened', what: `${role}Adapter` },
      detail: { ...(await engine.loadAdapter(role, await modelFolder(path))) },
    });
  }
  await engine.takeKernels(await journal.kernels(await engine.chosenKernels()));
  for (const split of ['train', 'test'] as const) {
    const path = job.rows[split];
    if (path === undefined) continue;
    const options = { most: job.limits[split] };
    const file = await rowsFile(path);
    const { examples, problems } = await engine.loadData(split, path, file, options);
    if (examples.length === 0)
      throw new StudioError('no-rows', `${path} has no usable row. ${problems[0]?.message ?? ''}`);
    const print = await fingerprint(file);
    if (print !== undefined) await journal.opened(split, path, print);
    listen({ type: 'opened', what: split, detail: { path, rows: examples.length, problems, fingerprint: print } });
  }
}
