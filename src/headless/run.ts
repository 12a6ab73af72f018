/** Runs a job on an engine and leaves its results in a folder; knows neither the terminal nor which GPU it is. */
import { mkdir, readdir } from 'node:fs/promises';
import type { Studio } from '../engine/engine';
import { fingerprint } from '../engine/runs/fingerprint';
import type { Artifact, OnnxForm, Stage, StageEvent, StageResult, VouchReport } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { type FileThere, modelFolder, rowsFile } from './files';
import type { Job } from './job';
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
  | { readonly type: 'not-vouched'; readonly artifact: Artifact; readonly form: OnnxForm; readonly reason: string };

/**
 * Says whether all stages were done (and none stopped), and no second engine disagreed with what was written. Rejects with the
 * StudioError of the stage that failed; what was written before it stays. `stop` ends it between stages and between comparisons;
 * within one the engine's own `stop` does.
 */
export async function runJob(
  job: Job,
  engine: Studio,
  tell: (event: JobEvent) => void,
  stop: Pick<AbortSignal, 'aborted'> = { aborted: false },
): Promise<boolean> {
  await emptyFolder(job.output);
  const results = new Results(job);
  const listen = (event: JobEvent): void => {
    results.add(event);
    tell(event);
  };
  try {
    await open(job, engine, listen);
    for (const stage of job.stages) {
      if (stop.aborted) break;
      const since = performance.now();
      const result = await engine.run(stage, job.recipe, (event) => listen({ type: 'stage', stage, event }));
      listen({ type: 'stage-end', stage, result, seconds: (performance.now() - since) / 1000 });
      await takeHome(job, engine, stage, result, listen, stop);
      if (result.outcome === 'stopped') return false;
    }
    return !stop.aborted && !results.disagreed;
  } finally {
    await results.write();
  }
}

async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length === 0) return;
  const message = `The output folder ${folder} is not empty. Name another, so that no earlier result is lost.`;
  throw new StudioError('output-not-empty', message, { folder });
}

async function open(job: Job, engine: Studio, listen: (event: JobEvent) => void): Promise<void> {
  listen({ type: 'opened', what: 'gpu', detail: { ...(await engine.open()) } });
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
  for (const split of ['train', 'test'] as const) {
    const path = job.rows[split];
    if (path === undefined) continue;
    const options = { most: job.limits[split] };
    const file = await rowsFile(path);
    const { examples, problems } = await engine.loadData(split, path, file, options);
    if (examples.length === 0)
      throw new StudioError('no-rows', `${path} has no usable row. ${problems[0]?.message ?? ''}`);
    listen({
      type: 'opened',
      what: split,
      detail: { path, rows: examples.length, problems, fingerprint: await fingerprint(file) },
    });
  }
}
