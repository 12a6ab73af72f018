// The page counts the steps of a run as the engine does, and knows when its warm-up never ends.
import { expect, test } from 'vitest';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { learningRate, totalSteps } from '../../src/engine/train/schedule';
import { unfinishedWarmup } from '../../src/store';
import { createSession } from '../../src/store/session';
import { plannedSteps } from '../../src/store/warmup';
import { example } from '../support/fakeEngine';

const runs = [1, 7, 8, 9, 37, 96].flatMap((rows) =>
  [1, 3, 8].flatMap((batchSize) =>
    [1, 2].flatMap((accumulation) => [1, 3].map((epochs) => ({ rows, batchSize, accumulation, epochs }))),
  ),
);

test('the steps are the engine’s', () => {
  for (const run of runs) expect(plannedSteps(run.rows, run)).toBe(totalSteps(run.rows, run));
  // Negative control: the short last step of every epoch counts, so the epochs are not one long row of rows.
  const oneRow = ({ rows, batchSize, epochs }: (typeof runs)[number]) => Math.ceil((rows * epochs) / batchSize);
  expect(runs.filter((run) => oneRow(run) !== totalSteps(run.rows, run))).not.toEqual([]);
});

function sessionOf(rows: number, change: Partial<(typeof runs)[number] & { warmupSteps: number }>) {
  const session = createSession();
  const examples = Array.from({ length: rows }, (_, i) => example(i + 1));
  session.getState().setData('train', { dataset: { name: 'few', examples, problems: [] } });
  const { rows: _rows, ...fields } = change;
  for (const [name, value] of Object.entries(fields)) session.getState().setField(`sft.${name}`, value);
  return session.getState();
}

test('the warm-up is unfinished exactly when no step has the full learning rate', () => {
  const seen = new Set<boolean>();
  for (const run of runs) {
    for (const warmupSteps of [0, 1, 2, 5, 11]) {
      const session = sessionOf(run.rows, { ...run, warmupSteps });
      const { sft } = session.recipe;
      const total = totalSteps(run.rows, sft);
      const rates = Array.from({ length: total }, (_, step) => learningRate(sft, step, total));
      const reached = Math.max(...rates) === sft.learningRate;
      expect(unfinishedWarmup(session, 'sft'), JSON.stringify(sft)).toBe(reached ? undefined : total);
      seen.add(reached);
    }
  }
  expect(seen.size).toBe(2);
});

test('each group of settings is measured by its own, and without rows nothing is said', () => {
  const session = sessionOf(8, { warmupSteps: 0 });
  expect(unfinishedWarmup(session, 'sft')).toBeUndefined();
  expect(unfinishedWarmup(session, 'distill')).toBe(1);
  expect(defaultRecipe.distill.warmupSteps).toBeGreaterThan(1);
  expect(unfinishedWarmup(createSession().getState(), 'sft')).toBeUndefined();
});
