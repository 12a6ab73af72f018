/**
 * One value of the recipe by its path (`sft.learningRate`): read, write, and the value it is measured against.
 * Every write goes through `parseRecipe`, so the session never holds a recipe that the engine would refuse.
 */
import { type Preset, presetNames, underPreset } from '../engine/train/presets';
import { parseRecipe } from '../engine/train/recipe';
import type { DemoValue, Recipe, SessionState } from './types';

export type FieldValue = string | number | boolean | readonly string[];

export function readField(recipe: Recipe, path: string): FieldValue {
  let value: unknown = recipe;
  for (const key of path.split('.')) value = isRecord(value) ? value[key] : undefined;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (isStrings(value)) return value;
  throw new Error(`the recipe has no field ${path}`);
}

/** A new recipe with that one value changed; another preset brings its rules along. Throws `recipe-invalid`. */
export function writeField(recipe: Recipe, path: string, value: FieldValue): Recipe {
  const preset = path === 'preset' && presetNames.find((name) => name === value);
  if (preset) return parseRecipe(underPreset(recipe, preset));
  return parseRecipe(replaced(recipe, path.split('.'), value));
}

function replaced(node: unknown, keys: readonly string[], value: FieldValue): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const record = isRecord(node) ? node : {};
  return { ...record, [key]: replaced(record[key], rest, value) };
}

const presets = Object.fromEntries(presetNames.map((preset) => [preset, parseRecipe({ preset })])) as Record<
  Preset,
  Recipe
>;

/** What the field starts from: the demo pair's value while that model is in use, else that of the preset. */
export function referenceValue(state: Pick<SessionState, 'demoValues' | 'recipe'>, path: string): FieldValue {
  if (path === 'preset') return presetNames[0];
  return demoValue(state, path)?.value ?? readField(presets[state.recipe.preset], path);
}

export function demoValue(state: Pick<SessionState, 'demoValues'>, path: string): DemoValue | undefined {
  return state.demoValues.find((demo) => demo.path === path);
}

export function sameValue(a: FieldValue, b: FieldValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
