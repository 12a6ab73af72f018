/** Runs a job on an engine and leaves its results in a folder; knows neither the terminal nor which GPU it is. */
import { mkdir, readdir } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Studio } from '../engine/engine';
import { writeFile } from '../engine/formats/sink';
import { fingerprint } from '../engine/runs/fingerprint';
import type {
  Answer,
  Artifact,
  Evaluation,
  MemoryHeld,
  MergeReport,
  OnnxForm,
  Stage,
  StageEvent,
  StagePlan,
  StageResult,
  VouchReport,
} from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { modelCard } from '../engine/takeHome/card/card';
import { cardFile, type RunFacts } from '../engine/takeHome/facts';
import { type RunFile, runFiles } from '../engine/takeHome/files';
import { formsOf } from '../engine/takeHome/forms';
import { Chronicle } from './chronicle';
import { type FileThere, folderSink, modelFolder, rowsFile, slashed } from './files';
import type { Job } from './job';
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
 * Says whether all stages were done (and none stopped), and no second engine disagreed with what was written. Rejects with the StudioError of the stage that failed; what was
 * written before it stays. `stop` ends it between stages; within a stage the engine's own `stop` does.
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
      if (stop.aborted) return false;
      const since = performance.now();
      const result = await engine.run(stage, job.recipe, (event) => listen({ type: 'stage', stage, event }));
      listen({ type: 'stage-end', stage, result, seconds: (performance.now() - since) / 1000 });
      await takeHome(job, engine, stage, result, listen);
      if (result.outcome === 'stopped') return false;
    }
    return !results.disagreed;
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

/** The answers of the last evaluation of each model, one report of it all, and the files that every run has. */
class Results {
  private readonly job: Job;
  private readonly chronicle: Chronicle;
  private readonly saved: Extract<JobEvent, { type: 'saved' }>[] = [];
  private readonly opened: Record<string, unknown> = {};
  private readonly stages: unknown[] = [];
  private readonly memory = new Map<string, { planned?: StagePlan; held?: MemoryHeld }>();
  private readonly work = new Map<string, unknown>();
  private readonly evaluations = new Map<string, Evaluation>();
  private merged: MergeReport | undefined;
  private readonly vouched: unknown[] = [];
  /** A second engine gave other answers than our kernels. */
  disagreed = false;

  constructor(job: Job) {
    this.job = job;
    this.chronicle = new Chronicle(job);
  }

  add(event: JobEvent): void {
    this.chronicle.add(event);
    if (event.type === 'saved') this.saved.push(event);
    if (event.type === 'vouched') {
      const { rows: _, ...report } = event.report;
      this.vouched.push({ artifact: event.artifact, ...report });
      this.disagreed ||= report.verdict === 'disagrees';
    }
    if (event.type === 'not-vouched') this.vouched.push(event);
    if (event.type === 'opened') this.opened[event.what] = event.detail;
    if (event.type === 'stage-end') {
      const memory = this.memory.get(event.stage);
      const work = this.work.get(event.stage);
      this.stages.push({ stage: event.stage, ...event.result, seconds: event.seconds, memory, work });
    }
    if (event.type !== 'stage') return;
    if (event.event.type === 'merged') this.merged = event.event.report;
    if (event.event.type === 'plan') this.memory.set(event.stage, { planned: event.event.plan });
    if (event.event.type === 'held')
      this.memory.set(event.stage, { ...this.memory.get(event.stage), held: event.event.held });
    if (event.event.type === 'work') this.work.set(event.stage, event.event.ops);
    if (event.event.type !== 'evaluation') return;
    const { evaluation } = event.event;
    if (evaluation.complete) this.evaluations.set(evaluation.subject, evaluation);
  }

  /** What rounding the merged weights did to the teacher's answers; undefined unless both were asked all rows. */
  private changedAnswers() {
    const [before, after] = ['teacher-sft', 'teacher-merged'].map((subject) => this.evaluations.get(subject)?.answers);
    if (!before || !after) return undefined;
    const differ = (of: (answer: Answer) => unknown) => after.filter((row, i) => of(row) !== of(before[i]!)).length;
    return {
      rows: after.length,
      changed: differ(({ output }) => output),
      verdictsChanged: differ(({ correct }) => correct),
    };
  }

  async write(): Promise<void> {
    const sink = folderSink(this.job.output);
    const put = (file: string, text: string) => writeFile(sink, file, [new TextEncoder().encode(text)]);
    for (const [subject, { answers }] of this.evaluations) await put(`predictions-${subject}.jsonl`, lines(answers));
    const results = [...this.evaluations.values()].map(({ answers: _, worst: __, ...measured }) => measured);
    const { models, adapters, rows, limits, recipe } = this.job;
    const { opened, stages, vouched } = this;
    const merged = this.merged && { ...this.merged, answers: this.changedAnswers() };
    const report = { version: 1, models, adapters, rows, limits, recipe, opened, stages, merged, results, vouched };
    await put('report.json', `${JSON.stringify(report, null, 2)}\n`);
    await this.writeRun();
  }

  /** Beside all results, where the recipe can find what it was run on; and with each model, for whoever gets that alone. */
  private async writeRun(): Promise<void> {
    const { output, models, adapters, rows, limits } = this.job;
    const run = this.chronicle.run();
    const seen = (path: string | undefined) => path && slashed(relative(output, path));
    const inputs = {
      ...{ teacher: seen(models.teacher), student: seen(models.student) },
      ...{ teacherAdapter: seen(adapters.teacher), studentAdapter: seen(adapters.student) },
      ...{ train: seen(rows.train), test: seen(rows.test), limits },
    };
    await writeAll(output, runFiles({ ...run, inputs }, { answers: true }));
    for (const { artifact, folder, files } of this.saved) await describe(run, artifact, folder, files);
  }
}

/** The card of a result; beside a model also what is known of the run, without a row. */
async function describe(run: RunFacts, artifact: Artifact, folder: string, files: readonly FileThere[]): Promise<void> {
  const card = modelCard(run, { artifact, forms: formsOf(files.map(({ name }) => name)) });
  await writeAll(folder, [{ path: cardFile, bytes: new TextEncoder().encode(card) }]);
  if (!artifact.endsWith('-adapter')) await writeAll(folder, runFiles(run, { artifact, answers: false }));
}

async function writeAll(folder: string, files: Iterable<RunFile>): Promise<void> {
  for (const { path, bytes } of files) await writeFile(folderSink(folder), path, [bytes]);
}

function lines(items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}
