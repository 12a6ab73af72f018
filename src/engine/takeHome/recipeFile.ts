/** The recipe of a run as a document that the headless studio runs, and that the page imports. */
import type { RunRecord } from '../runs/record';
import { recipeAsRun } from '../runs/wholeRun';
import { DOCUMENT_VERSION } from '../train/document';
import type { Recipe } from '../train/recipe';
import type { RunFacts } from './facts';
import { json } from './text';

/** What stands where paths belong. */
export type Inputs = Readonly<
  Partial<Record<'teacher' | 'student' | 'teacherAdapter' | 'studentAdapter' | 'train' | 'test', string | undefined>>
>;

/** `schema` is the address of the JSON schema. */
export function recipeDocument(
  schema: string | undefined,
  inputs: Inputs,
  recipe: Recipe,
  includeControl: boolean,
  shardMegabytes?: number,
) {
  return {
    $schema: schema,
    version: DOCUMENT_VERSION,
    ...inputs,
    output: 'results',
    stages: ['baseline', 'sft', 'merge', 'distill', ...(includeControl ? ['control'] : []), 'evaluate'],
    shardMegabytes,
    recipe,
  };
}

/** `recipe.json`: where it is not known where models and rows lie, their names stand for their paths. */
export function recipeFile({ record, schema, inputs = namesOf(record) }: RunFacts): string {
  return json(recipeDocument(schema, inputs, recipeAsRun(record), record.includeControl));
}

function namesOf({ models: { teacher, student }, data: { train, test } }: RunRecord): Inputs {
  return {
    ...{ teacher: teacher?.info.name, student: student?.info.name },
    ...{ teacherAdapter: teacher?.adapter?.name, studentAdapter: student?.adapter?.name },
    ...{ train: train?.name, test: test?.name },
  };
}
