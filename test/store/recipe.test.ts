// The form's side of the recipe: every field of the form exists, refused values wait, the reference is right.
import { expect, test } from 'vitest';
import { presetPaths } from '../../src/engine/train/presets';
import { defaultRecipe, parseRecipe } from '../../src/engine/train/recipe';
import { parseDemo } from '../../src/store/demo';
import { readField, referenceValue, sameValue } from '../../src/store/recipeFields';
import { createSession } from '../../src/store/session';
import { allFields } from '../../src/ui/settings/fields';
import { presetRules } from '../../src/ui/settings/PresetRules';

test('the form has every field of the recipe, and no other', () => {
  const paths = (node: object, prefix = ''): string[] =>
    Object.entries(node).flatMap(([key, value]) =>
      typeof value === 'object' && !Array.isArray(value) ? paths(value, `${prefix}${key}.`) : [`${prefix}${key}`],
    );
  const inRecipe = paths(defaultRecipe);
  expect(allFields.map((field) => field.path).sort()).toEqual(inRecipe.sort());
});

test('a value is read and written by its path, and nothing else changes', () => {
  const session = createSession();
  session.getState().setField('lora.rank', 4);
  const { recipe } = session.getState();
  expect(recipe).toEqual({ ...defaultRecipe, lora: { ...defaultRecipe.lora, rank: 4 } });
  expect(readField(recipe, 'lora.rank')).toBe(4);
  expect(() => readField(recipe, 'lora.rang')).toThrow('no field lora.rang');
});

test('a refused value becomes a draft and leaves the recipe as it was', () => {
  const session = createSession();
  session.getState().setField('lora.rank', 0);
  expect(session.getState().recipe.lora.rank).toBe(8);
  expect(session.getState().drafts['lora.rank']).toMatchObject({ text: '0', problem: { code: 'recipe-invalid' } });
  session.getState().resetField('lora.rank');
  expect(session.getState().drafts).toEqual({});
});

test('the judge “regex” waits for its pattern', () => {
  const session = createSession();
  session.getState().setField('judge', 'regex');
  expect(session.getState().recipe.judge).toBe('sum');
  expect(session.getState().drafts.judge?.problem.detail.field).toBe('judgePattern');
  session.getState().setField('judgePattern', '^a$');
  expect(session.getState().recipe).toMatchObject({ judge: 'regex', judgePattern: '^a$' });
  expect(session.getState().drafts).toEqual({});
});

test('the reference is the demo’s value while it is in force, else the default', () => {
  const demoValues = [{ path: 'sft.learningRate', value: 0.002, role: 'teacher' as const }];
  const recipe = defaultRecipe;
  expect(referenceValue({ demoValues, recipe }, 'sft.learningRate')).toBe(0.002);
  expect(referenceValue({ demoValues: [], recipe }, 'sft.learningRate')).toBe(1e-4);
  expect(sameValue(['a', 'b'], ['a', 'b'])).toBe(true);
  expect(sameValue(['a', 'b'], ['b', 'a'])).toBe(false);
});

test('a preset brings its rules along, and the reference of every field', () => {
  const session = createSession();
  const { setField, resetField, setDraft } = session.getState();
  setField('lora.rank', 4);
  setField('lengths.prompt', 12);
  setDraft('lengths.answer', 'many', { code: 'not-a-number', message: '', detail: {} });
  setField('preset', 'seed-exact');
  const exact = parseRecipe({ preset: 'seed-exact' });
  expect(session.getState().recipe).toEqual({ ...exact, lora: { ...exact.lora, rank: 4 } });
  expect(session.getState().drafts).toEqual({});
  setField('generation.topK', 5);
  expect(referenceValue(session.getState(), 'generation.topK')).toBe(20);
  resetField('generation.topK');
  expect(session.getState().recipe.generation.topK).toBe(20);
  resetField('preset');
  expect(session.getState().recipe).toEqual({ ...defaultRecipe, lora: { ...defaultRecipe.lora, rank: 4 } });
});

test('the lines about a preset are about the fields that it sets', () => {
  expect(Object.values(presetRules).flat().sort()).toEqual([...presetPaths].sort());
});

test('a demo.json in another form is refused', () => {
  expect(() => parseDemo({ teacher: 'x' }, 'http://page.test/')).toThrow();
});
