/** Test loss and answers of a candidate, and which rows of the test data they are measured on. */
import type { LoadedModel } from '../model/loaded';
import type { Subject } from '../studio';
import { measureAnswers } from './answers';
import type { Candidate, StageContext } from './context';
import { layoutFor } from './objective';
import { measureLoss } from './testLoss';

/** Test loss and answers, on all rows or on the recipe's sample; false when stopped on the way. */
export async function evaluate(
  context: StageContext,
  loaded: LoadedModel,
  candidate: Candidate,
  subject: Subject,
  step: number,
  complete: boolean,
): Promise<boolean> {
  const { gpu, recipe, control, emit } = context;
  const all = await context.rows(loaded, 'test');
  if (!all) return false;
  if (all.length === 0) return true;
  const rows = complete ? all : sampleRows(all, recipe.evaluation.sampleRows);
  const watch = (phase: 'evaluating-loss' | 'generating') => ({
    boundary: () => control.boundary(),
    progress: (done: number, total: number) => emit({ type: 'phase', phase, done, total }),
  });
  const scored = complete ? all : sampleRows(all, recipe.evaluation.lossRows);
  const layout = layoutFor(recipe, loaded.tokenizer, false);
  const loss = await measureLoss(gpu, candidate, scored, watch('evaluating-loss'), layout);
  if (loss === undefined) return false;
  const answers = await measureAnswers(gpu, candidate, loaded.tokenizer, rows, recipe, watch('generating'));
  if (answers.length < rows.length) return false;
  const correct = answers.filter((answer) => answer.correct).length;
  const whole = rows.length === all.length && scored.length === all.length;
  const measured = { subject, step, loss, correct, rows: rows.length, complete: whole, answers };
  emit({ type: 'evaluation', evaluation: measured });
  return true;
}

/** `count` rows spread evenly over all of them: the same sample each time. */
export function sampleRows<T>(rows: readonly T[], count: number): readonly T[] {
  if (count >= rows.length) return rows;
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
}
