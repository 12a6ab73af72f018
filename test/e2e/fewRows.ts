/** Rows and settings that a stage is done with in seconds: two steps, no evaluation on the way, short answers. */
import { range, sumRows } from './rows';
import type { Studio } from './studio';

export async function openFewRows(studio: Studio, { tests = 3, maxNewTokens = 8 } = {}): Promise<void> {
  await studio.drop('train', 'few.jsonl', sumRows(range(2000, 16, 13)));
  await studio.pick('test', 'few-test.jsonl', sumRows(range(2007, tests, 53)));
  await studio.expectRows('test', tests);
  await studio.setField('evaluation.everySteps', 0);
  await studio.setField('evaluation.maxNewTokens', maxNewTokens);
  for (const stage of ['sft', 'distill']) await studio.setField(`${stage}.warmupSteps`, 0);
}
