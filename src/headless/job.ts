/** A document on disk as a job: its paths made absolute, an output folder named. */
import { dirname, resolve } from 'node:path';
import type { Form, Role, Split, Stage } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { parseDocument } from '../engine/train/document';
import type { Recipe } from '../engine/train/recipe';

type Some<K extends string, T> = Readonly<Partial<Record<K, T>>>;

export interface Job {
  readonly models: Some<Role, string>;
  /** Folders of adapters that training starts from. */
  readonly adapters: Some<Role, string>;
  readonly rows: Some<Split, string>;
  /** Rows of each file that are used at most: the first that can be. */
  readonly limits: Some<Split, number>;
  /** A folder that is made, or may be there already and then must be empty. */
  readonly output: string;
  readonly stages: readonly Stage[];
  readonly shardBytes: number;
  /** Of a saved model, beside safetensors. */
  readonly forms: readonly Form[];
  /** Test rows on which a second engine is compared with our kernels, once for each ONNX that was written. */
  readonly vouchRows: number;
  readonly recipe: Recipe;
}

/** `file` is where the document stands. Throws a StudioError: `job-invalid` with the `field`, or `recipe-invalid`. */
export function parseJob(json: unknown, file: string): Job {
  const { teacher, student, teacherAdapter, studentAdapter, train, test, output, ...rest } = parseDocument(json, file);
  if (output === undefined) {
    const reason = 'it must name the folder that results go to';
    throw new StudioError('job-invalid', `${file}: "output" cannot be used: ${reason}.`, {
      ...{ file, field: 'output', reason },
    });
  }
  const here = (name: string): string => resolve(dirname(file), name);
  return {
    models: defined({ teacher, student }, here),
    adapters: defined({ teacher: teacherAdapter, student: studentAdapter }, here),
    rows: defined({ train, test }, here),
    limits: defined(rest.limits, (limit: number) => limit),
    output: here(output),
    stages: rest.stages,
    shardBytes: rest.shardMegabytes * 1e6,
    forms: rest.forms,
    vouchRows: rest.vouchRows,
    recipe: rest.recipe,
  };
}

/** The entries that are there, each made into what is wanted of it. */
function defined<K extends string, T, U>(entries: { readonly [key in K]?: T | undefined }, make: (value: T) => U) {
  const found: Partial<Record<K, U>> = {};
  for (const key in entries) {
    const value = entries[key];
    if (value !== undefined) found[key] = make(value);
  }
  return found;
}
