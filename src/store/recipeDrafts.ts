/** How the form and the demo pair change the recipe: pure steps from one state to the next. */
import { presetPaths } from '../engine/train/presets';
import { toFailure } from '../worker/failure';
import { type FieldValue, readField, referenceValue, sameValue, writeField } from './recipeFields';
import type { DemoValue, Role, SessionState } from './types';

/** A field that the person has changed already keeps its value. */
export function withDemo(state: SessionState, values: readonly DemoValue[]): Partial<SessionState> {
  const known = state.demoValues.filter((old) => !values.some((value) => value.path === old.path));
  let recipe = state.recipe;
  for (const { path, value } of values) {
    if (sameValue(readField(recipe, path), referenceValue(state, path))) recipe = writeField(recipe, path, value);
  }
  return { recipe, demoValues: [...known, ...values] };
}

export function withoutDemo(state: SessionState, role: Role): Partial<SessionState> {
  const demoValues = state.demoValues.filter((value) => value.role !== role);
  let recipe = state.recipe;
  for (const { path, value } of state.demoValues) {
    const gone = !demoValues.some((kept) => kept.path === path);
    if (gone && sameValue(readField(recipe, path), value)) {
      recipe = writeField(recipe, path, referenceValue({ demoValues, recipe }, path));
    }
  }
  return { recipe, demoValues };
}

/** The recipe with the value, or the value as a draft when the recipe refuses it. */
export function entered(state: SessionState, path: string, value: FieldValue): Pick<SessionState, 'recipe' | 'drafts'> {
  try {
    const set = path === 'preset' ? presetPaths : [path];
    const drafts = set.reduce((rest, gone) => without(rest, gone), state.drafts);
    return retried({ recipe: writeField(state.recipe, path, value), drafts });
  } catch (error) {
    const draft = { text: String(value), value, problem: toFailure(error) };
    return { recipe: state.recipe, drafts: { ...state.drafts, [path]: draft } };
  }
}

/** A value may have waited for another one: the judge “regex” for its pattern. */
function retried(state: Pick<SessionState, 'recipe' | 'drafts'>): Pick<SessionState, 'recipe' | 'drafts'> {
  let { recipe, drafts } = state;
  for (const [path, { value }] of Object.entries(drafts)) {
    if (value === undefined) continue;
    try {
      recipe = writeField(recipe, path, value);
      drafts = without(drafts, path);
    } catch {
      // Still refused: the draft keeps its reason.
    }
  }
  return { recipe, drafts };
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _gone, ...rest } = record;
  return rest;
}
