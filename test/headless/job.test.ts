import { describe, expect, it } from 'vitest';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { parseJob } from '../../src/headless/job';

const least = { version: 1, output: 'results' };

describe('a document', () => {
  it('has paths relative to itself, all stages and the default recipe', () => {
    const job = parseJob({ ...least, teacher: 'models/3b', train: '/data/rows.jsonl' }, '/jobs/recipe.json');
    expect(job).toEqual({
      models: { teacher: '/jobs/models/3b' },
      adapters: {},
      rows: { train: '/data/rows.jsonl' },
      limits: {},
      output: '/jobs/results',
      stages: ['baseline', 'sft', 'merge', 'distill', 'control', 'evaluate'],
      shardBytes: 2048e6,
      forms: [],
      vouchRows: 32,
      recipe: defaultRecipe,
    });
  });

  it('chooses stages, limits and settings', () => {
    const job = parseJob({ ...least, stages: ['sft'], limits: { train: 8 }, recipe: { seed: 7 } }, 'r.json');
    expect([job.stages, job.limits, job.recipe.seed]).toEqual([['sft'], { train: 8 }, 7]);
    expect(parseJob({ ...least, recipe: { preset: 'seed-exact' } }, 'r.json').recipe.lengths.prompt).toBe(30);
    const more = parseJob({ ...least, $schema: 'x', studentAdapter: 'a', shardMegabytes: 5 }, '/jobs/r.json');
    expect([more.adapters, more.shardBytes]).toEqual([{ student: '/jobs/a' }, 5e6]);
  });

  it.each([
    [{ version: 2, output: 'x' }, 'job-invalid', '"version"'],
    [{ version: 1 }, 'job-invalid', '"output"'],
    [{ ...least, stages: ['fly'] }, 'job-invalid', 'stages'],
    [{ ...least, limits: { train: 0 } }, 'job-invalid', 'limits.train'],
    [{ ...least, colour: 'red' }, 'job-invalid', '"colour" cannot be used: there is no such field'],
    [{ ...least, shardMegabytes: 0 }, 'job-invalid', 'shardMegabytes'],
    [{ ...least, teacherAdapter: '' }, 'job-invalid', 'teacherAdapter'],
    [null, 'job-invalid', 'whole document'],
    [{ ...least, recipe: { sft: { batchSize: 0 } } }, 'recipe-invalid', 'sft.batchSize'],
  ])('%j is refused', (json, code, part) => {
    let caught: unknown;
    try {
      parseJob(json, 'recipe.json');
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code, message: expect.stringContaining(part) });
  });
});
