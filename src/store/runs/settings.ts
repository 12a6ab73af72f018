/** The settings that a run really had: per field the value of every stage that used it, and whether that is what it starts from. */

import { stageNames } from '../../engine/runs/names';
import type { RunRecord } from '../../engine/runs/record';
import { type FieldValue, readField, referenceValue, sameValue } from '../recipeFields';
import type { Recipe, Stage } from '../types';

export interface SettingValue {
  readonly value: FieldValue;
  /** Those that ran with it; empty when no stage has used the field. */
  readonly stages: readonly Stage[];
  /** Not the default, nor what the demo pair set. */
  readonly changed: boolean;
}

export interface Setting {
  /** `sft.learningRate` */
  readonly path: string;
  /** One, unless stages ran with different ones. */
  readonly values: readonly SettingValue[];
}

/** Every field of the recipe that a stage of the run has used; of a run without stages, the settings as they stand. */
export function settingsAsRun(run: RunRecord): readonly Setting[] {
  return leaves(run.recipe).flatMap((path) => {
    const values = valuesOf(run, path);
    return values.length > 0 ? [{ path, values }] : [];
  });
}

function valuesOf(run: RunRecord, path: string): readonly SettingValue[] {
  const ran = stageNames.filter((stage) => run.stages[stage]?.recipe);
  if (ran.length === 0) return [settingValue(run, run.recipe, path, [])];
  const found: SettingValue[] = [];
  for (const stage of ran.filter((name) => uses(name, path))) {
    const own = settingValue(run, run.stages[stage]?.recipe ?? run.recipe, path, [stage]);
    const same = found.findIndex(({ value }) => sameValue(value, own.value));
    if (same < 0) found.push(own);
    else found[same] = { ...found[same]!, stages: [...found[same]!.stages, stage] };
  }
  return found;
}

function settingValue(run: RunRecord, recipe: Recipe, path: string, stages: readonly Stage[]): SettingValue {
  const value = readField(recipe, path);
  const start = referenceValue({ demoValues: run.demoValues, recipe }, path);
  return { value, stages, changed: !sameValue(value, start) };
}

/** Whether a stage would run alike with both; how often it is kept is no matter of that. */
export function sameSettings(stage: Stage, a: Recipe, b: Recipe): boolean {
  const fields = leaves(a).filter((path) => uses(stage, path) && !path.startsWith('checkpoints.'));
  return fields.every((path) => sameValue(readField(a, path), readField(b, path)));
}

/** Which stages a field means anything to. The control run trains with distillation's settings. */
function uses(stage: Stage, path: string): boolean {
  const [group] = path.split('.');
  if (group === 'sft') return stage === 'sft';
  if (group === 'distill') return stage === 'distill' || stage === 'control';
  if (group === 'lora') return stage === 'sft' || stage === 'distill' || stage === 'control';
  return stage !== 'merge';
}

/**
 * Settings whose values are not the same in all of the runs that used them; each with the values of every run, in their
 * order. A stage that did not run is no difference in settings.
 */
export function differingSettings(
  runs: readonly RunRecord[],
): readonly { readonly path: string; readonly values: readonly (readonly SettingValue[])[] }[] {
  const all = runs.map((run) => new Map(settingsAsRun(run).map(({ path, values }) => [path, values])));
  const paths = [...new Set(all.flatMap((settings) => [...settings.keys()]))];
  return paths.flatMap((path) => {
    const values = all.map((settings) => settings.get(path) ?? []);
    const used = values.filter((list) => list.length > 0);
    const texts = new Set(used.map((list) => JSON.stringify(list.map(({ value }) => value))));
    return texts.size > 1 ? [{ path, values }] : [];
  });
}

function leaves(node: object, prefix = ''): string[] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
}
