// What an interrupted job leaves behind, and what can go on with it.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJob } from '../../src/headless/job';
import { Journal } from '../../src/headless/journal';
import { keptIn } from '../../src/headless/output';
import type { JobEvent } from '../../src/headless/run';
import { demo, document, jobIn, temporary } from '../support/smallJob';

const besides = (folder: string) => ({ teacher: join(folder, 'm'), train: join(folder, 'r'), test: join(folder, 't') });

describe('a journal', () => {
  it('has every stage that is done, wherever the folder is then, and nothing of the one that was broken off', async () => {
    const folder = temporary();
    const job = jobIn(folder);
    const journal = await Journal.begin(job);
    const report = { verdict: 'disagrees', largest: 0.5, reasons: ['logits'] };
    const files = [{ name: 'model.safetensors', bytes: 3 }];
    const metrics = { step: 1, totalSteps: 2, epoch: 0, loss: 1.5, crossEntropy: 1.5, divergence: undefined } as const;
    const rest = { tokenAccuracy: 0, agreement: undefined, learningRate: 0.1, gradientNorm: 2, labelTokens: 3 };
    const more = { computedTokens: 4, rowTokens: 5, memoryHeld: 6, milliseconds: 7 };
    const step = { ...metrics, ...rest, ...more, work: { dispatches: 1, flops: 2, bytes: 3 } };
    const events = [
      { type: 'stage', stage: 'merge', event: { type: 'step', metrics: step } },
      { type: 'stage', stage: 'merge', event: { type: 'held', held: { tensors: 1, others: 2 } } },
      { type: 'stage-end', stage: 'merge', seconds: 1.5, result: { outcome: 'done', steps: 0 } },
      { type: 'saved', artifact: 'teacher-merged', folder: join(job.output, 'teacher-merged'), files },
      { type: 'not-vouched', artifact: 'teacher-merged', form: 'fp16', reason: 'no room' },
      { type: 'vouched', artifact: 'teacher-merged', report },
    ] as unknown as readonly JobEvent[];
    const moment = {
      type: 'stage',
      stage: 'merge',
      event: { type: 'phase', phase: 'merging', done: 0, total: 1 },
    } as const;
    for (const event of [moment, ...events]) journal.add(event);
    await journal.end('merge', { outcome: 'done', steps: 0 });
    journal.add(events[0]!);
    expect((await Journal.resume(job))?.done).toEqual([{ stage: 'merge', steps: 0, events }]);
    // With everything that it names, as on another disk: the demo's files are named by paths that stay.
    const here = parseJob({ ...document, ...besides(folder) }, join(folder, 'job.json'));
    const there = `${folder}-moved`;
    const begun = await Journal.begin({ ...here, output: join(folder, 'second') });
    begun.add(events[3]!);
    await begun.end('merge', { outcome: 'done', steps: 0 });
    renameSync(folder, there);
    const again = parseJob({ ...document, ...besides(there), output: 'second' }, join(there, 'job.json'));
    expect((await Journal.resume(again))?.done[0]?.events).toMatchObject([
      { folder: join(there, 'second', 'teacher-merged') },
    ]);
  });
});

describe('what cannot go on says why', () => {
  it.each<[string, object, string]>([
    [
      'another learning rate',
      { recipe: { ...document.recipe, sft: { ...document.recipe.sft, learningRate: 0.5 } } },
      'recipe.sft.learningRate',
    ],
    ['another model', { teacher: join(demo, 'models/student') }, 'teacher'],
    ['fewer rows', { limits: { train: 11, test: 2 } }, 'limits.train'],
    ['other stages', { stages: ['sft'] }, 'stages'],
  ])('%s', async (_, changes, field) => {
    const folder = temporary();
    await Journal.begin(jobIn(folder));
    await expect(Journal.resume(jobIn(folder, changes))).rejects.toMatchObject({
      code: 'resume-changed',
      detail: { field },
      message: expect.stringContaining(`"${field}" was`),
    });
    expect((await Journal.resume(jobIn(folder)))?.done).toEqual([]);
  });

  it('other rows in the same file', async () => {
    const folder = temporary();
    await (await Journal.begin(jobIn(folder))).opened('train', 'rows.jsonl', 'one');
    const journal = (await Journal.resume(jobIn(folder)))!;
    await journal.opened('train', 'rows.jsonl', 'one');
    await expect(journal.opened('train', 'rows.jsonl', 'another')).rejects.toMatchObject({ code: 'resume-rows' });
  });

  it('a folder with nothing, with something else, or with a journal that is damaged', async () => {
    const folder = temporary();
    const job = jobIn(folder);
    const refused = (code: string) => expect(Journal.resume(job)).rejects.toMatchObject({ code });
    await refused('resume-nothing');
    mkdirSync(keptIn(job.output), { recursive: true });
    writeFileSync(join(keptIn(job.output), 'job.json.part'), '{"versi');
    await refused('resume-nothing');
    // A job that was killed before it had begun is begun in the same folder.
    await Journal.begin(job);
    const file = join(keptIn(job.output), 'job.json');
    for (const wrong of ['', '{"version":1}', readFileSync(file, 'utf8').replace('"version":1', '"version":2')]) {
      writeFileSync(file, wrong);
      await refused('resume-invalid');
    }
    const other = jobIn(folder, { output: 'other' });
    mkdirSync(other.output);
    writeFileSync(join(other.output, 'mine.txt'), 'mine');
    await expect(Journal.resume(other)).rejects.toMatchObject({ code: 'resume-other' });
    expect(readdirSync(other.output)).toEqual(['mine.txt']);
  });
});
