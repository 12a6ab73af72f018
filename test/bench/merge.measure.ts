/**
 * What merging does to the demo teacher's answers, on all test rows: with the adapter, merged and rounded to bf16, and
 * merged with the rounding put back. `npm run measure -- merge`; `SEEDS=1,2` for other seeds than 42.
 */
import { it } from 'vitest';
import { Arena } from '../../src/engine/gpu/arena';
import type { Gpu } from '../../src/engine/gpu/gpu';
import { type LoadedModel, loadModel, unload } from '../../src/engine/model/loaded';
import { measureAnswers } from '../../src/engine/train/answers';
import type { Candidate, StageContext } from '../../src/engine/train/context';
import { Control } from '../../src/engine/train/control';
import type { Recipe } from '../../src/engine/train/recipe';
import { stages } from '../../src/engine/train/stages';
import { demoModel, demoRecipe, demoTokenRows } from '../support/demoPair';
import { testGpu } from '../support/gpu';
import { roundingAdapter } from '../support/rounding';
import { seeds } from './seeds';

const control = new Control(() => {});
const watch = { boundary: () => control.boundary(), progress: () => {} };

async function trainAndMerge(gpu: Gpu, teacher: LoadedModel, recipe: Recipe): Promise<void> {
  const made = { train: await demoTokenRows(teacher, recipe, 'train'), test: [] };
  const emit = () => {};
  const rows: StageContext['rows'] = async (_, split) => made[split];
  const context = { gpu, recipe, control, emit, teacher, student: undefined, rows, scratch: async () => undefined };
  for (const stage of ['sft', 'merge'] as const) await stages[stage](context);
}

it.each(seeds(42))('merging the demo teacher, seed %i', async (seed) => {
  const gpu = await testGpu();
  const recipe = demoRecipe(seed);
  const teacher = await loadModel(gpu, demoModel('teacher'));
  await trainAndMerge(gpu, teacher, recipe);
  const [{ base }, adapter, merged] = [teacher, teacher.adapters.get('sft')!.value, teacher.merged!.value];
  const arena = new Arena(gpu.device, 'rounding');
  const rounding = await roundingAdapter(gpu, arena, { base, adapter, merged });
  const rows = await demoTokenRows(teacher, recipe, 'test');
  const answer = (candidate: Candidate) => measureAnswers(gpu, candidate, teacher.tokenizer, rows, recipe, watch);
  const adapted = await answer({ model: base, adapter });
  const report = [`seed ${seed}: ${adapted.filter(({ correct }) => correct).length}/${rows.length} with the adapter`];
  for (const [name, candidate] of [
    ['merged, rounded to bf16', { model: merged, adapter: undefined }],
    ['merged, the rounding put back', { model: merged, adapter: rounding }],
  ] as const) {
    const answers = await answer(candidate);
    const right = answers.filter(({ correct }) => correct).length;
    const other = answers.filter(({ output }, row) => output !== adapted[row]!.output).length;
    const verdict = answers.filter(({ correct }, row) => correct !== adapted[row]!.correct).length;
    report.push(`  ${name}: ${right}/${rows.length}, ${other} answers differ, ${verdict} verdicts`);
  }
  console.log(report.join('\n'));
  arena.destroy();
  unload(teacher);
});
