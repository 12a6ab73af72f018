/** A small job of the demo, for tests of what interrupts it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Job, parseJob } from '../../src/headless/job';

export const demo = join(import.meta.dirname, '../../public');
export const document = {
  ...{ version: 1, output: 'out', stages: ['sft', 'merge'], limits: { train: 12, test: 2 } },
  ...{
    teacher: join(demo, 'models/teacher'),
    train: join(demo, 'data/train.jsonl'),
    test: join(demo, 'data/test.jsonl'),
  },
  recipe: {
    sft: { batchSize: 3, epochs: 2, warmupSteps: 0 },
    evaluation: { everySteps: 2, sampleRows: 1, lossRows: 2, maxNewTokens: 2 },
    checkpoints: { everySteps: 2, everyMinutes: 0 },
  },
};

export const jobIn = (folder: string, changes: object = {}): Job =>
  parseJob({ ...document, ...changes }, join(folder, 'job.json'));
export const temporary = () => mkdtempSync(join(tmpdir(), 'distillery-'));
