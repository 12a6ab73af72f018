/** What a job leaves in its folder beside its results: predictions, a report, and the files about its run. */
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { writeFile } from '../engine/formats/sink';
import type { Answer, Artifact, Evaluation, MemoryHeld, MergeReport, StagePlan } from '../engine/studio';
import { modelCard } from '../engine/takeHome/card/card';
import { cardFile, type RunFacts } from '../engine/takeHome/facts';
import { type RunFile, runFiles } from '../engine/takeHome/files';
import { formsOf } from '../engine/takeHome/forms';
import { type Begun, Chronicle } from './chronicle';
import { type FileThere, folderSink, slashed } from './files';
import type { Job } from './job';
import type { JobEvent } from './run';

/** The answers of the last evaluation of each model, one report of it all, and the files that every run has. */
export class Results {
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

  constructor(job: Job, begun: Begun) {
    this.job = job;
    this.chronicle = new Chronicle(job, begun);
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

  /** All that is known by now; `broken`: what became of the stage that runs. */
  async write(broken: 'failed' | 'interrupted'): Promise<void> {
    const sink = folderSink(this.job.output);
    const put = (file: string, text: string) => writeFile(sink, file, [new TextEncoder().encode(text)]);
    for (const [subject, { answers }] of this.evaluations) await put(`predictions-${subject}.jsonl`, lines(answers));
    const results = [...this.evaluations.values()].map(({ answers: _, worst: __, ...measured }) => measured);
    const { models, adapters, rows, limits, recipe } = this.job;
    const { opened, stages, vouched } = this;
    const merged = this.merged && { ...this.merged, answers: this.changedAnswers() };
    const report = { version: 1, models, adapters, rows, limits, recipe, opened, stages, merged, results, vouched };
    await put('report.json', `${JSON.stringify(report, null, 2)}\n`);
    await this.writeRun(broken);
  }

  /** Beside all results, where the recipe can find what it was run on; and with each model, for whoever gets that alone. */
  private async writeRun(broken: 'failed' | 'interrupted'): Promise<void> {
    const { output, models, adapters, rows, limits } = this.job;
    const run = this.chronicle.run(broken);
    const seen = (path: string | undefined) => path && slashed(relative(output, path));
    const inputs = {
      ...{ teacher: seen(models.teacher), student: seen(models.student) },
      ...{ teacherAdapter: seen(adapters.teacher), studentAdapter: seen(adapters.student) },
      ...{ train: seen(rows.train), test: seen(rows.test), limits },
    };
    await writeRunFiles(output, runFiles({ ...run, inputs }, { answers: true }));
    for (const { artifact, folder, files } of this.saved) await describe(run, artifact, folder, files);
  }
}

/** The card of a result; beside a model also what is known of the run, without a row. */
async function describe(run: RunFacts, artifact: Artifact, folder: string, files: readonly FileThere[]): Promise<void> {
  const card = modelCard(run, { artifact, forms: formsOf(files.map(({ name }) => name)) });
  await writeAll(folder, [{ path: cardFile, bytes: new TextEncoder().encode(card) }]);
  if (!artifact.endsWith('-adapter')) await writeRunFiles(folder, runFiles(run, { artifact, answers: false }));
}

/** The names of event files tell when they were written: TensorBoard would read an earlier one beside the new one. */
async function writeRunFiles(folder: string, files: Iterable<RunFile>): Promise<void> {
  await rm(join(folder, 'runs'), { recursive: true, force: true });
  await writeAll(folder, files);
}

async function writeAll(folder: string, files: Iterable<RunFile>): Promise<void> {
  for (const { path, bytes } of files) await writeFile(folderSink(folder), path, [bytes]);
}

function lines(items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}
