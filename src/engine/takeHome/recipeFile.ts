/** The recipe of a run as a document that the headless studio runs, and that the page imports. */
import type { RunRecord } from '../runs/record';
import { recipeAsRun } from '../runs/wholeRun';
import type { Stage } from '../studio';
import { DOCUMENT_VERSION, documentStages, type RunDocument } from '../train/document';
import type { Recipe } from '../train/recipe';
import type { RunFacts } from './facts';
import { json } from './text';

type Name = 'teacher' | 'student' | 'teacherAdapter' | 'studentAdapter' | 'train' | 'test';

/** What stands where paths belong, and how many rows of a file are used at most. */
export type Inputs = Readonly<Partial<Record<Name, string | undefined>>> & Pick<Partial<RunDocument>, 'limits'>;

/** `schema` is the address of the JSON schema. */
export function recipeDocument(
  schema: string | undefined,
  inputs: Inputs,
  recipe: Recipe,
  stages: readonly Stage[],
  shardMegabytes?: number,
) {
  return {
    $schema: schema,
    version: DOCUMENT_VERSION,
    ...inputs,
    output: 'results',
    stages,
    shardMegabytes,
    recipe,
  };
}

/** All of them, in their order. */
export function allStages(includeControl: boolean): readonly Stage[] {
  return documentStages.filter((stage) => includeControl || stage !== 'control');
}

/** `recipe.json` with the stages that the run has: where it is not known where models and rows lie, their names stand for their paths. */
export function recipeFile({ record, schema, inputs = namesOf(record) }: RunFacts): string {
  const ran = documentStages.filter((stage) => (record.stages[stage]?.state ?? 'idle') !== 'idle');
  const stages = ran.length > 0 ? ran : allStages(record.includeControl);
  return json(recipeDocument(schema, inputs, recipeAsRun(record), stages));
}

function namesOf({ models: { teacher, student }, data: { train, test } }: RunRecord): Inputs {
  return {
    ...{ teacher: teacher?.info.name, student: student?.info.name },
    ...{ teacherAdapter: teacher?.adapter?.name, studentAdapter: student?.adapter?.name },
    ...{ train: train?.name, test: test?.name },
  };
}
