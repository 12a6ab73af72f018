/**
 * The demo story on all rows with the page's default settings, in Node: accuracies and minutes per stage for each seed.
 * `npm run measure -- story` measures seeds 42, 1 and 2; `SEEDS=7` before it another.
 */
import { it } from 'vitest';
import { createStudioEngine } from '../../src/engine/engine';
import type { Evaluation, Stage, Subject } from '../../src/engine/studio';
import { demoModel, demoRecipe, demoRows } from '../support/demoPair';
import { dawn } from '../support/gpu';
import { seeds } from './seeds';

const stages: readonly Stage[] = ['baseline', 'sft', 'merge', 'distill', 'control', 'evaluate'];
it.each(seeds(42, 1, 2))('the demo story, seed %i', async (seed) => {
  const engine = createStudioEngine(dawn());
  const { description } = await engine.open();
  for (const role of ['teacher', 'student'] as const) await engine.loadModel(role, demoModel(role));
  for (const split of ['train', 'test'] as const) await engine.loadData(split, split, demoRows(split));
  const last = new Map<Subject, Evaluation>();
  const report = [`seed ${seed} on ${description}`];
  for (const stage of stages) {
    const since = performance.now();
    const result = await engine.run(stage, demoRecipe(seed), (event) => {
      if (event.type === 'evaluation' && event.evaluation.complete)
        last.set(event.evaluation.subject, event.evaluation);
    });
    const seconds = (performance.now() - since) / 1000;
    report.push(`  ${stage.padEnd(9)} ${result.outcome}, ${result.steps} steps, ${seconds.toFixed(0)} s`);
  }
  for (const [subject, { correct, rows, loss }] of last) {
    report.push(
      `  ${subject.padEnd(17)} ${correct}/${rows} = ${(correct / rows).toFixed(4)}, loss ${loss?.toFixed(4)}`,
    );
  }
  const answers = (subject: Subject) => last.get(subject)?.answers.map((answer) => answer.output) ?? [];
  const merged = answers('teacher-merged');
  const changed = answers('teacher-sft').filter((output, row) => output !== merged[row]).length;
  report.push(`  answers changed by merging: ${changed}`);
  console.log(report.join('\n'));
});
