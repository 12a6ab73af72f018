/** The JSON schema of a run's document, from the schema that the studio itself checks with and a text for every field. */
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import { documentSchema } from '../../src/engine/train/document';
import { documentText } from '../../src/engine/train/documentText';

const title = 'Distillery: a recipe, and the models and rows it is for';

export function publishedSchema(): JsonSchema {
  // What a check has no words for in JSON schema (two weights that are both 0) is left to the studio.
  const target = { typeMode: 'output', target: 'draft-2020-12', errorMode: 'ignore' } as const;
  const { $schema, ...schema } = toJsonSchema(documentSchema, target);
  return { ...($schema && { $schema }), title, ...described(schema, []), required: ['version'] };
}

/** Every path of the schema, for a comparison with the texts. */
export function pathsOf(schema: JsonSchema, at: readonly string[] = []): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const path = [...at, name];
    return [path.join('.'), ...(typeof child === 'object' ? pathsOf(child, path) : [])];
  });
}

function described(schema: JsonSchema, path: readonly string[]): JsonSchema {
  const { properties, required: _, maximum, ...rest } = schema;
  const text = documentText.get(path.join('.'));
  const description = text && (text.unit ? `${text.about} Unit: ${text.unit}.` : text.about);
  const children = Object.entries(properties ?? {}).map(([name, child]) => [
    name,
    typeof child === 'object' ? described(child, [...path, name]) : child,
  ]);
  return {
    ...(description && { description }),
    ...rest,
    // Any finite number is no limit worth a line.
    ...(maximum !== undefined && maximum < Number.MAX_VALUE && { maximum }),
    ...(properties && { properties: Object.fromEntries(children) }),
  };
}
