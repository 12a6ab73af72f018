/**
 * What a job writes down as it goes: `checkpoints/job.json` in its output folder, moved into place before the first stage and
 * after each. With the checkpoints beside it an interrupted job goes on; a job that is done leaves neither.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { choicesSchema } from '../engine/choices';
import type { KernelChoice } from '../engine/engine';
import { writeFile } from '../engine/formats/sink';
import { stageNames } from '../engine/runs/names';
import type { Split, Stage, StageResult } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { version } from '../engine/version';
import { folderSink } from './files';
import type { Job } from './job';
import { isNoted, notedEvents } from './noted';
import { emptyFolder, isDone, journalIn, keptIn, nothingToResume } from './output';
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
    const text = await readFile(journalIn(output), 'utf8').catch(() => undefined);
    if (text === undefined) return (await isDone(job)) ? undefined : Promise.reject(await nothingToResume(output));
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

  /** Those that the job began with, once they are noted. */
  get chosenKernels(): KernelChoice | undefined {
    return this.written.kernels;
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

function parse(output: string, text: string): Written {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The job in ${output} cannot go on: ${journalIn(output)} cannot be read (${reason}). Begin it anew in another folder.`;
    throw new StudioError('resume-invalid', message, { output, reason });
  }
}

function otherRows(path: string): StudioError {
  const message =
    `${path} is not what it was when the job began: its rows have changed. ` +
    'Put them back to go on, or name another output folder to begin anew.';
  return new StudioError('resume-rows', message, { path });
}
