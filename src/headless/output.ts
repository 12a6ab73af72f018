/** The output folder of a job: what lies in it before it begins, while it is under way, and when it is done. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../engine/studioError';
import { readRunFile } from '../engine/takeHome/runFile';
import type { Job } from './job';

/** Where the checkpoints of a job lie, and its journal. */
export function keptIn(output: string): string {
  return join(output, 'checkpoints');
}

export const journalIn = (output: string) => join(keptIn(output), 'job.json');

/** Of a job that is done, and has written everything. Broken off, it is still done. */
export async function discardKept(output: string): Promise<void> {
  await rm(journalIn(output), { force: true });
  await rm(keptIn(output), { recursive: true, force: true });
}

export async function isDone({ output, stages }: Job): Promise<boolean> {
  const text = await readFile(join(output, 'run.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  try {
    const { record } = readRunFile(output, text);
    return stages.every((stage) => record.stages[stage]?.state === 'done');
  } catch {
    return false;
  }
}

export async function emptyFolder(output: string): Promise<void> {
  if (!(await hasResults(output))) {
    await rm(keptIn(output), { recursive: true, force: true });
    await mkdir(output, { recursive: true });
    return;
  }
  const interrupted = await readFile(journalIn(output)).catch(() => undefined);
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

export async function nothingToResume(output: string): Promise<StudioError> {
  if (!(await hasResults(output))) {
    const message = `There is nothing to resume: no job has begun in ${output}. Start it without --resume.`;
    return new StudioError('resume-nothing', message, { output });
  }
  const message = `There is nothing to resume in ${output}: what lies there is of something else. Is it the output folder of this job?`;
  return new StudioError('resume-other', message, { output });
}
