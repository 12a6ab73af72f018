/** Whether a job that goes on is the one that was interrupted, field by field. */
import { relative } from 'node:path';
import { StudioError, shown } from '../engine/studioError';
import { slashed } from './files';
import type { Job } from './job';

export type JobFacts = Readonly<Record<string, unknown>>;

/** As the document names its fields; places as they are seen from the output folder, which may have moved with them. */
export function factsOf({ models, adapters, rows, limits, output, stages, shardBytes, ...rest }: Job): JobFacts {
  const seen = (path: string | undefined) => path && slashed(relative(output, path));
  const facts = {
    ...{ teacher: seen(models.teacher), student: seen(models.student) },
    ...{ teacherAdapter: seen(adapters.teacher), studentAdapter: seen(adapters.student) },
    ...{ train: seen(rows.train), test: seen(rows.test), limits, stages, shardMegabytes: shardBytes / 1e6, ...rest },
  };
  // As they are read back: what is undefined is not there.
  return JSON.parse(JSON.stringify(facts));
}

/** Throws a StudioError `resume-changed` with the `field`. */
export function needSameJob(output: string, before: JobFacts, now: JobFacts): void {
  const [field, was, is] = difference('', before, now) ?? [];
  if (field === undefined) return;
  const message =
    `The job in ${output} was begun with another document: "${field}" was ${shown(was)} and is ${shown(is)}. ` +
    'Put it back to go on, or name another output folder to begin anew.';
  throw new StudioError('resume-changed', message, { output, field });
}

/** The first that is not the same. */
function difference(field: string, before: unknown, now: unknown): readonly [string, unknown, unknown] | undefined {
  if (!isGroup(before) || !isGroup(now))
    return JSON.stringify(before) === JSON.stringify(now) ? undefined : [field, before, now];
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const found = difference(field === '' ? key : `${field}.${key}`, before[key], now[key]);
    if (found) return found;
  }
  return undefined;
}

function isGroup(value: unknown): value is JobFacts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
