/** A run without a window, as one JSON document: which models and rows, which stages, the recipe, and where results go. */
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import type { Stage } from '../engine/studio';
import { StudioError } from '../engine/studioError';
import { parseRecipe, type Recipe } from '../engine/train/recipe';

export const stages = [
  'baseline',
  'sft',
  'merge',
  'distill',
  'control',
  'evaluate',
] as const satisfies readonly Stage[];

const path = v.pipe(v.string('it must be a path'), v.minLength(1, 'it must be a path'));
const count = v.pipe(v.number('it must be a whole number above 0'), v.integer(), v.minValue(1));

const schema = v.strictObject({
  version: v.literal(1, 'it must be 1'),
  /** Hugging Face folders and JSONL files, relative to the document. */
  teacher: v.optional(path),
  student: v.optional(path),
  train: v.optional(path),
  test: v.optional(path),
  /** A folder that is made, or may be there already and then must be empty. */
  output: path,
  stages: v.optional(v.array(v.picklist(stages, `it must be one of ${stages.join(', ')}`)), [...stages]),
  /** Only the first rows of each file. */
  limits: v.optional(v.strictObject({ train: v.optional(count), test: v.optional(count) }), {}),
  recipe: v.optional(v.unknown(), {}),
});

export interface Job {
  readonly models: Readonly<Partial<Record<'teacher' | 'student', string>>>;
  readonly rows: Readonly<Partial<Record<'train' | 'test', string>>>;
  readonly limits: Readonly<Partial<Record<'train' | 'test', number>>>;
  readonly output: string;
  readonly stages: readonly Stage[];
  readonly recipe: Recipe;
}

/** `file` is where the document stands. Throws a StudioError: `job-invalid` with the `field`, or `recipe-invalid`. */
export function parseJob(json: unknown, file: string): Job {
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const [issue] = result.issues;
    const field = v.getDotPath(issue) ?? '(the whole document)';
    const reason =
      issue.expected === 'never' ? 'there is no such field' : `${issue.message}, but it is ${issue.received}`;
    throw new StudioError('job-invalid', `${file}: "${field}" cannot be used: ${reason}.`, { file, field, reason });
  }
  const { teacher, student, train, test, output, stages: chosen, limits, recipe } = result.output;
  const here = (name: string): string => resolve(dirname(file), name);
  return {
    models: defined({ teacher, student }, here),
    rows: defined({ train, test }, here),
    limits: defined(limits, (limit: number) => limit),
    output: here(output),
    stages: chosen,
    recipe: parseRecipe(recipe),
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
