/**
 * The document of a run: the recipe, and beside it which models and rows it is for. The page exports and imports it; the
 * headless studio runs it. Paths say nothing to the page and are left alone there.
 */
import * as v from 'valibot';
import { MOST, parseJson } from '../bounded';
import { forms } from '../formats/forms';
import type { Stage } from '../studio';
import { StudioError, shorten, shown } from '../studioError';
import { parseRecipe, type Recipe, recipeProblems, recipeSchema } from './recipe';

export const DOCUMENT_VERSION = 1;

/** That one sentence names. */
const MOST_PROBLEMS = 20;

export const documentStages = [
  'baseline',
  'sft',
  'merge',
  'distill',
  'control',
  'evaluate',
] as const satisfies readonly Stage[];

const path = v.optional(v.pipe(v.string('it must be a path'), v.minLength(1, 'it must be a path')));
const rows = v.optional(
  v.pipe(
    v.number('it must be a whole number above 0'),
    v.integer('it must be a whole number above 0'),
    v.minValue(1, 'it must be a whole number above 0'),
  ),
);

export const documentSchema = v.strictObject({
  /** Editors find the schema by it. */
  $schema: v.optional(v.string('it must be text')),
  version: v.literal(DOCUMENT_VERSION, `it must be ${DOCUMENT_VERSION}`),
  teacher: path,
  student: path,
  teacherAdapter: path,
  studentAdapter: path,
  train: path,
  test: path,
  output: path,
  stages: v.optional(v.array(v.picklist(documentStages, `it must be one of ${documentStages.join(', ')}`)), [
    ...documentStages,
  ]),
  limits: v.optional(v.strictObject({ train: rows, test: rows }), {}),
  shardMegabytes: v.optional(
    v.pipe(
      v.number('it must be a number of at least 1'),
      v.finite('it must be a number of at least 1'),
      v.minValue(1, 'it must be a number of at least 1'),
    ),
    2048,
  ),
  forms: v.optional(v.array(v.picklist(forms, `it must be one of ${forms.join(', ')}`)), []),
  vouchRows: v.optional(
    v.pipe(
      v.number('it must be a whole number of at least 0'),
      v.integer('it must be a whole number of at least 0'),
      v.minValue(0, 'it must be a whole number of at least 0'),
    ),
    32,
  ),
  recipe: v.optional(recipeSchema, {}),
});

export type RunDocument = Omit<v.InferOutput<typeof documentSchema>, '$schema'>;

/** Throws a StudioError: `job-invalid` with the `field`, or `recipe-invalid`. `file` names it in the sentence. */
export function parseDocument(json: unknown, file: string): RunDocument {
  const recipe = parseRecipe(isObject(json) ? (json.recipe ?? {}) : {});
  const result = v.safeParse(documentSchema, json);
  if (result.success) return { ...result.output, recipe };
  const [issue] = result.issues;
  const field = shorten(v.getDotPath(issue) ?? '(the whole document)');
  const reason =
    issue.expected === 'never' ? 'there is no such field' : `${issue.message}, but it is ${shorten(issue.received)}`;
  throw new StudioError('job-invalid', `${file}: "${field}" cannot be used: ${reason}.`, { file, field, reason });
}

/**
 * The recipe of a document, or of a file that is a recipe alone. Throws a StudioError `import-invalid` whose `reason`
 * names every field that cannot be used.
 */
export function importRecipe(file: string, text: string): Recipe {
  const json = parsed(file, text);
  if (!isObject(json)) throw refused(file, 'it is not a JSON object');
  const { $schema: _, version = DOCUMENT_VERSION, ...bare } = json;
  if (version !== DOCUMENT_VERSION)
    throw refused(file, `its version is ${shown(version)}, and this studio reads version ${DOCUMENT_VERSION}`);
  const recipe = 'recipe' in json ? json.recipe : bare;
  const problems = recipeProblems(recipe);
  if (problems.length === 0) return parseRecipe(recipe);
  throw refused(
    file,
    problems
      .slice(0, MOST_PROBLEMS)
      .map(({ detail }) => `${detail.field}: ${detail.reason}`)
      .join('; '),
  );
}

function parsed(file: string, text: string): unknown {
  try {
    if (text.length > MOST.config) throw new SyntaxError('it is far longer than any recipe');
    return parseJson(text);
  } catch (error) {
    throw refused(file, `it is not valid JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

function refused(file: string, reason: string): StudioError {
  const message = `The recipe "${file}" cannot be used: ${reason}. The settings are as before.`;
  return new StudioError('import-invalid', message, { file, reason });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
