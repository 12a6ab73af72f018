/**
 * The two sets of rules: `clean`, and `seed-exact`, which does what the published run did, its five quirks included.
 * A preset fills in what a recipe leaves out; every value stands in the recipe then, and can be changed alone.
 */
import type { Recipe } from './recipe';

export const presetNames = ['clean', 'seed-exact'] as const;
export type Preset = (typeof presetNames)[number];

/** The fields that the presets differ in. */
interface Rules {
  readonly lengths: Recipe['lengths'];
  readonly sharePrefix: boolean;
  readonly distill: Pick<Recipe['distill'], 'divergenceShift' | 'divergenceReduction' | 'scaleByTemperature'>;
  readonly generation: Pick<Recipe['generation'], 'temperature' | 'topK' | 'topP' | 'ownPenalty'>;
}

const rules: Readonly<Record<Preset, Rules>> = {
  clean: {
    lengths: { prompt: 0, answer: 0, labelPadding: false },
    sharePrefix: true,
    distill: { divergenceShift: true, divergenceReduction: 'mean', scaleByTemperature: true },
    generation: { temperature: 0, topK: 0, topP: 1, ownPenalty: false },
  },
  'seed-exact': {
    // 1. Prompts are cut, so most lose the newline behind `assistant`. 2. The filling behind an answer is learnt.
    lengths: { prompt: 30, answer: 20, labelPadding: true },
    // Every row has a dropout mask of its own.
    sharePrefix: false,
    // 3. The divergence is not shifted. 4. It is added up beside a mean cross-entropy, without temperature².
    distill: { divergenceShift: false, divergenceReduction: 'sum', scaleByTemperature: false },
    // 5. Answers are sampled, with the penalty that the model's own generation_config.json states.
    generation: { temperature: 0.7, topK: 20, topP: 0.8, ownPenalty: true },
  },
};

/** Paths of the fields that a preset sets. */
export const presetPaths: readonly string[] = leaves(rules.clean);

/** What was read, with the rules of the preset that it names where it says nothing itself. */
export function withPreset(json: unknown): unknown {
  const preset = isObject(json) ? presetNames.find((name) => name === json.preset) : undefined;
  return preset ? over(rules[preset], json) : json;
}

/** The recipe under other rules; all that no preset sets stays. Still to be parsed. */
export function underPreset(recipe: Recipe, preset: Preset): unknown {
  return over(recipe, { preset, ...rules[preset] });
}

/** `top` where it has a value, else `base`; a group that is not an object is left for the schema to refuse. */
function over(base: unknown, top: unknown): unknown {
  if (top === undefined) return base;
  if (!isObject(base) || !isObject(top)) return top;
  const keys = new Set([...Object.keys(base), ...Object.keys(top)]);
  return Object.fromEntries([...keys].map((key) => [key, over(base[key], top[key])]));
}

function leaves(node: object, prefix = ''): string[] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'object' ? leaves(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
