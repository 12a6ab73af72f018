/** Test loss and answers of a candidate, and which rows of the test data they are measured on. */
import type { LoadedModel } from '../model/loaded';
import type { Answer, Subject } from '../studio';
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
  const asked = [...rows, ...worstOf(loss.ofRow, rows)];
  const said = await measureAnswers(gpu, candidate, loaded.tokenizer, asked, recipe, watch('generating'));
  if (said.length < asked.length) return false;
  const judged = said.map((answer, i): Answer => ({ ...answer, loss: loss.ofRow.get(asked[i]!) }));
  const answers = judged.slice(0, rows.length);
  const correct = answers.filter((answer) => answer.correct).length;
  const whole = rows.length === all.length && scored.length === all.length;
  const measured = { subject, step, loss: loss.mean, correct, rows: rows.length, complete: whole };
  emit({ type: 'evaluation', evaluation: { ...measured, answers, worst: judged.slice(rows.length) } });
  return true;
}

/** Rows asked beside a sample, so that what the model knows least is seen as well. */
const WORST = 8;

/** The rows with the largest losses that are not in the sample. */
export function worstOf<T>(losses: ReadonlyMap<T, number>, sample: readonly T[], count = WORST): readonly T[] {
  const known = new Set(sample);
  return [...losses]
    .filter(([row]) => !known.has(row))
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([row]) => row);
}

/** `count` rows spread evenly over all of them: the same sample each time. */
export function sampleRows<T>(rows: readonly T[], count: number): readonly T[] {
  if (count >= rows.length) return rows;
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
}
