/** `run.json`: the record of a run, and what of it lies in the same folder; what the studio opens such a folder by. */
import * as v from 'valibot';
import { MOST, parseJson } from '../bounded';
import { artifactNames } from '../runs/names';
import { RECORD_VERSION, type RunRecord, runSchema } from '../runs/record';
import type { Artifact } from '../studio';
import { StudioError, shorten } from '../studioError';
import { json } from './text';

const schema = v.object({ ...runSchema.entries, artifact: v.optional(v.picklist(artifactNames)) });

export interface ReadRun {
  readonly record: RunRecord;
  /** Missing where results lie in folders of their own below this one. */
  readonly artifact: Artifact | undefined;
}

export function runFile(record: RunRecord, artifact?: Artifact): string {
  return json({ ...record, artifact });
}

/** `name` is the folder's. Throws a StudioError `run-file-invalid`, or `run-file-newer` for what a later version has written. */
export function readRunFile(name: string, text: string): ReadRun {
  const value = parsed(name, text);
  const result = v.safeParse(schema, value);
  if (result.success) {
    const { artifact, ...record } = result.output;
    return { record, artifact };
  }
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (typeof version === 'number' && version > RECORD_VERSION) {
    const message = `The run in "${name}" was written by a newer version of the studio (${version}; this one reads ${RECORD_VERSION}).`;
    throw new StudioError('run-file-newer', message, { name, version });
  }
  const [issue] = result.issues;
  throw invalid(name, shorten(`${v.getDotPath(issue) ?? 'it'}: ${issue.message}`));
}

function parsed(name: string, text: string): unknown {
  try {
    if (text.length > MOST.config) throw new SyntaxError('it is far longer than any record of a run');
    return parseJson(text);
  } catch (error) {
    throw invalid(name, error instanceof Error ? error.message : String(error));
  }
}

function invalid(name: string, reason: string): StudioError {
  const message = `run.json in "${name}" is not one that the studio wrote: ${reason}.`;
  return new StudioError('run-file-invalid', message, { name, reason });
}
