/**
 * What a job writes down as it goes: `checkpoints/job.json` in its output folder, moved into place before the first stage and
 * after each. With the checkpoints beside it an interrupted job goes on; a job that is done leaves neither.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { choicesSchema } from '../engine/choices';
import type { KernelChoice } from '../engine/engine';
import { writeFile } from '../engine/formats/sink';
import { stageNames } from '../engine/runs/names';
import type { Split, Stage, StageResult } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { readRunFile } from '../engine/takeHome/runFile';
import { version } from '../engine/version';
import { folderSink } from './files';
import type { Job } from './job';
import { isNoted, notedEvents } from './noted';
import type { JobEvent } from './run';
import { factsOf, needSameJob } from './sameJob';

const JOURNAL_VERSION = 1;

const schema = v.object({
  version: v.literal(JOURNAL_VERSION),
  software: v.string(),
  id: v.pipe(v.string(), v.regex(/^[\w-]+$/)),
  /** Milliseconds since 1970. */
  started: v.number(),
  job: v.record(v.string(), v.unknown()),
  /** SHA-256 of the files, hexadecimal. */
  rows: v.object({ train: v.optional(v.string()), test: v.optional(v.string()) }),
  /** Those that computed the stages that are done. */
  kernels: v.optional(choicesSchema),
  done: v.array(
    v.object({
      stage: v.picklist(stageNames),
      /** That its adapter has learnt for; 0 of a stage that trains nothing. */
      steps: v.pipe(v.number(), v.integer(), v.minValue(0)),
      events: notedEvents,
    }),
  ),
});

type Written = v.InferOutput<typeof schema>;
type Done = Readonly<Written['done'][number]>;

/** Where the checkpoints of a job lie, and its journal. */
export function keptIn(output: string): string {
  return join(output, 'checkpoints');
}

const fileIn = (output: string) => join(keptIn(output), 'job.json');

export class Journal {
  private readonly output: string;
  private readonly written: Written;
  /** Of the stage that runs. */
  private events: JobEvent[] = [];

  private constructor(output: string, written: Written) {
    this.output = output;
    this.written = written;
  }

  /** In a new or empty folder. Rejects with `output-not-empty`. */
  static async begin(job: Job): Promise<Journal> {
    await emptyFolder(job.output);
    const about = {
      version: JOURNAL_VERSION,
      software: version,
      id: crypto.randomUUID(),
      started: Date.now(),
    } as const;
    const journal = new Journal(job.output, { ...about, job: factsOf(job), rows: {}, done: [] });
    await journal.write();
    return journal;
  }

  /** Undefined where the job is done. Rejects with `resume-nothing`, `resume-other`, `resume-invalid`, `resume-changed`. */
  static async resume(job: Job): Promise<Journal | undefined> {
    const { output } = job;
    const text = await readFile(fileIn(output), 'utf8').catch(() => undefined);
    if (text === undefined) return (await isDone(job)) ? undefined : Promise.reject(await nothing(output));
    const written = parse(output, text);
    needSameJob(output, written.job, factsOf(job));
    return new Journal(output, written);
  }

  get run(): { readonly id: string; readonly started: number } {
    const { id, started } = this.written;
    return { id, started };
  }

  /** The folder may have moved since they were written down. */
  get done(): readonly Done[] {
    const here = (event: JobEvent): JobEvent =>
      event.type === 'saved' ? { ...event, folder: join(this.output, event.artifact) } : event;
    return this.written.done.map((each) => ({ ...each, events: each.events.map(here) }));
  }

  add(event: JobEvent): void {
    if (isNoted(event)) this.events.push(event);
  }

  /** Rejects with `resume-rows` where a file of rows is not the one that the job began with. */
  async opened(split: Split, path: string, fingerprint: string): Promise<void> {
    const before = this.written.rows[split];
    if (before === fingerprint) return;
    if (before !== undefined) throw otherRows(path);
    this.written.rows[split] = fingerprint;
    await this.write();
  }

  /** Those to compute with: as the job began, where it goes on. */
  async kernels(now: KernelChoice): Promise<KernelChoice> {
    if (!this.written.kernels) {
      this.written.kernels = now;
      await this.write();
    }
    return this.written.kernels;
  }

  /** Everything that the stage leaves is in its place. */
  async end(stage: Stage, { steps }: StageResult): Promise<void> {
    this.written.done.push({ stage, steps, events: this.events });
    this.events = [];
    await this.write();
    await rm(join(keptIn(this.output), stage), { recursive: true, force: true });
  }

  private async write(): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(this.written)}\n`);
    await writeFile(folderSink(keptIn(this.output)), 'job.json', [bytes]);
  }
}

/** Of a job that is done, and has written everything. Broken off, it is still done. */
export async function discardKept(output: string): Promise<void> {
  await rm(fileIn(output), { force: true });
  await rm(keptIn(output), { recursive: true, force: true });
}

async function isDone({ output, stages }: Job): Promise<boolean> {
  const text = await readFile(join(output, 'run.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  try {
    const { record } = readRunFile(output, text);
    return stages.every((stage) => record.stages[stage]?.state === 'done');
  } catch {
    return false;
  }
}

function parse(output: string, text: string): Written {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The job in ${output} cannot go on: ${fileIn(output)} cannot be read (${reason}). Begin it anew in another folder.`;
    throw new StudioError('resume-invalid', message, { output, reason });
  }
}

async function emptyFolder(output: string): Promise<void> {
  if (!(await hasResults(output))) {
    await rm(keptIn(output), { recursive: true, force: true });
    await mkdir(output, { recursive: true });
    return;
  }
  const interrupted = await readFile(fileIn(output)).catch(() => undefined);
  const message = interrupted
    ? `An interrupted job lies in ${output}: --resume goes on with it. Or name another folder.`
    : `The output folder ${output} is not empty. Name another, so that no earlier result is lost.`;
  throw new StudioError('output-not-empty', message, { folder: output });
}

/** One that was interrupted before it had written its journal has left nothing. */
async function hasResults(output: string): Promise<boolean> {
  const names = await readdir(output).catch(() => []);
  if (names.some((name) => join(output, name) !== keptIn(output))) return true;
  const kept = await readdir(keptIn(output)).catch(() => []);
  return kept.some((name) => name !== 'job.json.part');
}

async function nothing(output: string): Promise<StudioError> {
  if (!(await hasResults(output))) {
    const message = `There is nothing to resume: no job has begun in ${output}. Start it without --resume.`;
    return new StudioError('resume-nothing', message, { output });
  }
  const message = `There is nothing to resume in ${output}: what lies there is of something else. Is it the output folder of this job?`;
  return new StudioError('resume-other', message, { output });
}

function otherRows(path: string): StudioError {
  const message =
    `${path} is not what it was when the job began: its rows have changed. ` +
    'Put them back to go on, or name another output folder to begin anew.';
  return new StudioError('resume-rows', message, { path });
}
