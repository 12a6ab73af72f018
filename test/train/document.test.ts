// The document of a run: the published schema is the one in force, and the page takes the recipe out of any form of it.
import { describe, expect, it } from 'vitest';
import { importRecipe } from '../../src/engine/train/document';
import { documentText } from '../../src/engine/train/documentText';
import { defaultRecipe, parseRecipe } from '../../src/engine/train/recipe';
import { pathsOf, publishedSchema } from '../support/publishedSchema';

describe('the published schema', () => {
  const schema = publishedSchema();

  it('is up to date: npx vitest run test/train/document.test.ts -u writes it', async () => {
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../public/recipe.schema.json');
  });

  it('describes every field, and no other', () => {
    expect([...documentText.keys()].sort()).toEqual(pathsOf(schema).sort());
  });

  it('has the limits and defaults of the recipe', () => {
    const recipe = schema.properties?.recipe;
    const lora = typeof recipe === 'object' ? recipe.properties?.lora : undefined;
    expect(lora).toMatchObject({
      additionalProperties: false,
      properties: { rank: { type: 'integer', minimum: 1, maximum: 256, default: defaultRecipe.lora.rank } },
    });
  });
});

describe('importing', () => {
  const read = (json: unknown) => importRecipe('mine.json', JSON.stringify(json));

  it('takes the recipe out of a document, or a recipe alone, and fills in what it leaves out', () => {
    const recipe = { ...defaultRecipe, seed: 7 };
    expect(read({ version: 1, output: 'out', teacher: 'x', recipe: { seed: 7 } })).toEqual(recipe);
    expect(read({ seed: 7 })).toEqual(recipe);
    expect(read({ $schema: 'x', version: 1, ...recipe })).toEqual(recipe);
    const exact = parseRecipe({ preset: 'seed-exact' });
    expect(read({ version: 1, recipe: { preset: 'seed-exact' } })).toEqual(exact);
    expect(read({ version: 1, recipe: exact })).toEqual(exact);
  });

  it('names every field that cannot be used', () => {
    const bad = { recipe: { lora: { rank: 0 }, sft: { batchSize: 'many', colour: 1 } } };
    expect(() => read(bad)).toThrow(
      /lora\.rank: .*at least 1.*; sft\.batchSize: .*; sft\.colour: there is no such field/,
    );
  });

  it.each([
    ['[1]', 'not a JSON object'],
    ['{"version": 2}', 'version is 2'],
    ['{"seed": 1', 'not valid JSON'],
    ['{"output": "x"}', 'output: there is no such field'],
    ['{"distill": {"crossEntropyWeight": 0, "divergenceWeight": 0}}', 'both 0'],
  ])('%s is refused', (text, part) => {
    expect(() => importRecipe('mine.json', text)).toThrow(part);
  });
});
