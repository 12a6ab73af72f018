/** What goes on with an interrupted job: stopped, without its card, otherwise than it was. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStudioEngine } from '../../src/engine/engine';
import { readRunFile } from '../../src/engine/takeHome/runFile';
import { learningRate } from '../../src/engine/train/schedule';
import { diskCheckpoints } from '../../src/headless/checkpoints';
import type { Job } from '../../src/headless/job';
import { withRecovery } from '../../src/headless/lost';
import { keptIn } from '../../src/headless/output';
import { type JobEvent, runJob } from '../../src/headless/run';
import { temporaryScratch } from '../../src/headless/scratch';
import { lineOf } from '../../src/headless/terminal';
import { dawnCompiledOnce } from '../support/compiledOnce';
import { dawn } from '../support/gpu';
import { losable } from '../support/losableGpu';
import { jobIn, temporary } from '../support/smallJob';

const engineFor = (job: Job, gpu = dawnCompiledOnce()) =>
  createStudioEngine(gpu, undefined, temporaryScratch, undefined, diskCheckpoints(keptIn(job.output)));

/** What is in the folder and of no moment. */
function left({ output }: Job): object {
  const read = (name: string) => readFileSync(join(output, name));
  const figures = (line: string) => {
    const { tokensPerSecond: _, memory: __, ...rest } = JSON.parse(line);
    return rest;
  };
  return {
    names: readdirSync(output).sort(),
    adapter: read('teacher-adapter/adapter_model.safetensors').toString('base64'),
    merged: read('teacher-merged/model.safetensors').toString('base64'),
    evaluations: read('evaluations.jsonl').toString(),
    metrics: read('metrics.jsonl').toString().trim().split('\n').map(figures),
    predictions: read('predictions-teacher-merged.jsonl').toString(),
  };
}

let whole: Promise<object> | undefined;

/** Of a job that nothing interrupts. */
function uninterrupted(): Promise<object> {
  whole ??= (async () => {
    const job = jobIn(temporary());
    expect(await runJob(job, engineFor(job), () => {})).toBe(true);
    return left(job);
  })();
  return whole;
}

const isStep = (event: JobEvent, step: number) =>
  event.type === 'stage' && event.event.type === 'step' && event.event.metrics.step === step;

describe('a job', () => {
  it('that is stopped goes on where it was, and leaves what one does that was never stopped', {
    timeout: 600_000,
  }, async () => {
    const job = jobIn(temporary());
    const first = engineFor(job);
    // While an evaluation on the way is being made: it is owed.
    const stop = (event: JobEvent) => {
      if (event.type === 'stage' && event.event.type === 'phase' && event.event.phase === 'generating') first.stop();
    };
    expect(await runJob(job, first, stop)).toBe(false);
    expect(existsSync(join(keptIn(job.output), 'sft'))).toBe(true);
    await expect(runJob(job, engineFor(job), () => {})).rejects.toMatchObject({
      code: 'output-not-empty',
      message: expect.stringContaining('--resume'),
    });
    const told: JobEvent[] = [];
    expect(await runJob(job, engineFor(job), (event) => told.push(event), undefined, true)).toBe(true);
    expect(told.map(lineOf)).toContain('sft: goes on after step 2; what was told by then is told again');
    expect(left(job)).toEqual(await uninterrupted());
    const again: JobEvent[] = [];
    expect(await runJob(job, engineFor(job), (event) => again.push(event), undefined, true)).toBe(true);
    expect(again.map(lineOf)).toEqual([expect.stringContaining('nothing to resume')]);
    expect(left(job)).toEqual(await uninterrupted());
  });

  it('goes on without the rows of the next step, at half the rate, where that was decided', {
    timeout: 600_000,
  }, async () => {
    const job = jobIn(temporary(), { stages: ['baseline', 'sft'] });
    const first = engineFor(job);
    const rates = new Map<number, number>();
    const hear = (event: JobEvent) => {
      if (event.type !== 'stage' || event.event.type !== 'step') return;
      rates.set(event.event.metrics.step, event.event.metrics.learningRate);
      if (event.event.metrics.step === 2) first.stop();
    };
    expect(await runJob(job, first, hear)).toBe(false);
    expect([...rates.keys()]).toEqual([1, 2]);
    expect(await runJob(job, engineFor(job), hear, undefined, true, { skip: 'next', rate: 0.5 })).toBe(true);
    expect([...rates.keys()]).toEqual([1, 2, 4, 5, 6, 7, 8]);
    expect(rates.get(2)).toBeCloseTo(learningRate(job.recipe.sft, 1, 8), 12);
    expect(rates.get(4)).toBeCloseTo(0.5 * learningRate(job.recipe.sft, 3, 8), 12);

    const measured = jobIn(temporary(), { stages: ['baseline', 'sft'] });
    const none = { aborted: true };
    expect(await runJob(measured, engineFor(measured), () => {}, none)).toBe(false);
    const changed = runJob(measured, engineFor(measured), () => {}, undefined, true, { skip: 5 });
    await expect(changed).rejects.toMatchObject({ code: 'resume-change', detail: { stage: 'baseline' } });
  });

  it('whose card is lost goes on by itself on a new device', { timeout: 600_000 }, async () => {
    const job = jobIn(temporary());
    const told: JobEvent[] = [];
    const states: (string | undefined)[] = [];
    const gpu = losable(dawn());
    const tell = (event: JobEvent) => {
      told.push(event);
      if (told.every(({ type }) => type !== 'recovering') && isStep(event, 5)) gpu.lose();
    };
    const rest = async () => {
      states.push(readRunFile('out', readFileSync(join(job.output, 'run.json'), 'utf8')).record.stages.sft?.state);
    };
    const attempt = ({ resume }: { resume: boolean }) => runJob(job, engineFor(job, gpu.gpu), tell, undefined, resume);
    expect(await withRecovery(attempt, false, { tell, rest })).toBe(true);
    expect(states).toEqual(['interrupted']);
    expect(told.map(lineOf)).toContainEqual(expect.stringContaining('The graphics card was lost (gone)'));
    expect(told.filter((event) => event.type === 'stage' && event.event.type === 'resumed')).toHaveLength(1);
    expect(left(job)).toEqual(await uninterrupted());
  });

  it('whose card runs out of memory in a later stage goes on with what the earlier ones have made', {
    timeout: 600_000,
  }, async () => {
    const job = jobIn(temporary());
    const gpu = losable(dawn());
    let lost = false;
    const tell = (event: JobEvent) => {
      if (lost || event.type !== 'stage' || event.stage !== 'merge' || event.event.type !== 'merged') return;
      lost = true;
      gpu.exhaust();
    };
    const attempt = ({ resume }: { resume: boolean }) => runJob(job, engineFor(job, gpu.gpu), tell, undefined, resume);
    const said: JobEvent[] = [];
    expect(await withRecovery(attempt, false, { tell: (event) => said.push(event), rest: async () => {} })).toBe(true);
    expect(said).toEqual([{ type: 'recovering', reason: 'out of memory (none left)' }]);
    expect(left(job)).toEqual(await uninterrupted());
  });
});

it('a job that goes on computes with the kernels that it began with', async () => {
  const job = jobIn(temporary());
  const none = { aborted: true };
  expect(await runJob(job, engineFor(job), () => {}, none)).toBe(false);
  const file = join(keptIn(job.output), 'job.json');
  const journal = JSON.parse(readFileSync(file, 'utf8'));
  const forced = async (kernels: object) => {
    writeFileSync(file, JSON.stringify({ ...journal, kernels: { ...journal.kernels, ...kernels } }));
    const engine = engineFor(job);
    expect(await runJob(job, engine, () => {}, none, true)).toBe(false);
    return (await engine.kernels({})).forced;
  };
  expect(await forced({ forced: 'registers' })).toBe('registers');
  // Of another adapter they say nothing here.
  expect(await forced({ forced: 'registers', adapter: 'another' })).toBe('automatic');
});

describe('a recovery', () => {
  it('is not tried a second time within two minutes, and what failed otherwise is not tried again', async () => {
    const { StudioError } = await import('../../src/engine/studioError');
    let clock = 0;
    const told: JobEvent[] = [];
    const how = { tell: (event: JobEvent) => told.push(event), now: () => clock, rest: async () => {} };
    const losing = (after: readonly number[], failure = new StudioError('gpu-lost', 'lost', { reason: 'reset' })) => {
      const times = [...after];
      const tries: boolean[] = [];
      const attempt = async ({ resume }: { resume: boolean }) => {
        tries.push(resume);
        const time = times.shift();
        if (time === undefined) return true;
        clock += time;
        throw failure;
      };
      return { tries, result: withRecovery(attempt, false, how) };
    };
    const twice = losing([5_000, 119_999]);
    await expect(twice.result).rejects.toMatchObject({
      code: 'gpu-lost-again',
      message: expect.stringContaining('--resume'),
    });
    expect(twice.tries).toEqual([false, true]);
    const apart = losing([5_000, 120_000]);
    expect(await apart.result).toBe(true);
    expect(apart.tries).toEqual([false, true, true]);
    const other = losing([1], new StudioError('not-finite', 'not finite'));
    await expect(other.result).rejects.toMatchObject({ code: 'not-finite' });
    expect(other.tries).toEqual([false]);
    expect(told.every(({ type }) => type === 'recovering')).toBe(true);
  });
});
