/** A run with everything that was measured in it: what every file about it is written from. */
import type { Evaluation } from '../studio';
import type { Recipe } from '../train/recipe';
import { stageNames } from './names';
import type { RunRecord } from './record';
import type { SeriesData } from './seriesData';

/** An evaluation and what decided which of its answers are right: the recipe may have changed since. */
export interface JudgedEvaluation extends Evaluation {
  readonly judged: Pick<Recipe, 'judge' | 'judgePattern'>;
}

/** A run with all that belongs to it but the files of its adapters. */
export interface WholeRun {
  readonly record: RunRecord;
  readonly curves: SeriesData;
  readonly evaluations: readonly JudgedEvaluation[];
}

/** One recipe that says what each stage ran with, as far as one recipe can: SFT's own group, distillation's own. */
export function recipeAsRun({ stages, recipe }: Pick<RunRecord, 'stages' | 'recipe'>): Recipe {
  const last = stageNames.flatMap((stage) => stages[stage]?.recipe ?? []).at(-1) ?? recipe;
  const [sft, distill] = [stages.sft?.recipe, stages.distill?.recipe ?? stages.control?.recipe];
  return { ...last, ...(sft && { sft: sft.sft, lora: sft.lora }), ...(distill && { distill: distill.distill }) };
}
