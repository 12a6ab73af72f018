/** A job from its document to its folder, on the demo pair and a few rows. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStudioEngine } from '../../src/engine/engine';
import type { Evaluation } from '../../src/engine/studio';
import { readRunFile } from '../../src/engine/takeHome/runFile';
import { modelFolder } from '../../src/headless/files';
import { type Job, parseJob } from '../../src/headless/job';
import { type JobEvent, runJob } from '../../src/headless/run';
import { openSecond } from '../../src/headless/second';
import { lineOf } from '../../src/headless/terminal';
import { dawnCompiledOnce } from '../support/compiledOnce';

const demo = join(import.meta.dirname, '../../public');

function jobIn(folder: string, changes: object = {}): Job {
  const document = {
    ...{ version: 1, output: 'out', limits: { train: 16, test: 2 } },
    ...{ teacher: join(demo, 'models/teacher'), student: join(demo, 'models/student') },
    ...{ train: join(demo, 'data/train.jsonl'), test: join(demo, 'data/test.jsonl') },
    recipe: { sft: { warmupSteps: 0, learningRate: 2e-3 }, distill: { warmupSteps: 0, learningRate: 2e-3 } },
    ...changes,
  };
  return parseJob(document, join(folder, 'recipe.json'));
}

const temporary = () => mkdtempSync(join(tmpdir(), 'distillery-'));
const lines = (file: string) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The files about the run agree with each other and with what went in. */
function describesItself(job: Job, steps: readonly { stage: string; step: number; loss: number }[]): void {
  const text = (...path: string[]) => readFileSync(join(job.output, ...path), 'utf8');
  const { record, artifact } = readRunFile('out', text('run.json'));
  expect(artifact).toBeUndefined();
  expect(record.stages.sft).toMatchObject({ state: 'done', steps: 2, totalSteps: 2, recipe: job.recipe });
  expect(record.measured['student-distilled']).toMatchObject({ rows: 2, complete: true, judged: { judge: 'sum' } });
  const fingerprint = createHash('sha256').update(readFileSync(job.rows.train!)).digest('hex');
  expect(record.data.train).toEqual({ name: 'train.jsonl', demo: false, rows: 16, problems: 0, fingerprint });
  expect(record.models.teacher?.info.origin).toMatchObject({ licence: { id: 'apache-2.0' }, stated: 'card' });
  expect(record.adapters['student-adapter']?.files).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
  expect(record.losses.sft?.train).toBe(steps[1]?.loss);
  const state = JSON.parse(text('runs', 'sft', 'trainer_state.json'));
  expect(state).toMatchObject({ global_step: 2, max_steps: 2, epoch: 1 });
  const losses = state.log_history.flatMap((entry: { loss?: number }) => entry.loss ?? []);
  expect(losses).toEqual(steps.filter(({ stage }) => stage === 'sft').map(({ loss }) => loss));
  // It runs again from where it lies.
  const again = parseJob(JSON.parse(text('recipe.json')), join(job.output, 'recipe.json'));
  for (const key of ['models', 'rows', 'limits', 'recipe', 'stages'] as const) expect(again[key]).toEqual(job[key]);
  // Who gets a model alone gets its card and the run, and no row.
  const own = readRunFile('student-distilled', text('student-distilled', 'run.json'));
  expect(own).toMatchObject({ artifact: 'student-distilled', record: { id: record.id } });
  const card = text('student-distilled', 'README.md');
  for (const said of ['license: apache-2.0', 'library_name: transformers', fingerprint, '"warmupSteps": 0'])
    expect(card).toContain(said);
  expect(text('teacher-adapter', 'README.md')).toContain('library_name: peft');
  expect(existsSync(join(job.output, 'student-distilled', 'evaluations.jsonl'))).toBe(false);
}

describe('a job', () => {
  it('leaves adapters, models, metrics, predictions and a report, and the models load again', async () => {
    const folder = temporary();
    const events: JobEvent[] = [];
    const engine = createStudioEngine(dawnCompiledOnce());
    const job = jobIn(folder, { stages: ['baseline', 'sft', 'merge', 'distill', 'evaluate'] });
    expect(await runJob(job, engine, (event) => events.push(event))).toBe(true);
    expect(readdirSync(job.output).sort()).toEqual([
      'evaluations.csv',
      'evaluations.jsonl',
      'metrics.jsonl',
      'predictions-student-base.jsonl',
      'predictions-student-distilled.jsonl',
      'predictions-teacher-base.jsonl',
      'predictions-teacher-merged.jsonl',
      'predictions-teacher-sft.jsonl',
      'recipe.json',
      'report.json',
      'run.json',
      'runs',
      'student-adapter',
      'student-distilled',
      'teacher-adapter',
      'teacher-merged',
    ]);
    const steps = lines(join(job.output, 'metrics.jsonl')).filter((line) => 'gradientNorm' in line);
    expect(steps.map(({ stage, step }) => [stage, step])).toEqual([
      ['sft', 1],
      ['sft', 2],
      ['distill', 1],
      ['distill', 2],
    ]);
    const report = JSON.parse(readFileSync(join(job.output, 'report.json'), 'utf8'));
    expect(report.stages.map(({ stage, outcome }: { stage: string; outcome: string }) => [stage, outcome])).toEqual(
      job.stages.map((stage) => [stage, 'done']),
    );
    // Plan and measure of every stage, to the byte, and the plan in words before the first step.
    for (const { stage, memory } of report.stages) expect(memory.planned.bytes, stage).toBe(memory.held.tensors);
    const said = events.map(lineOf).findIndex((line) => /^sft: will hold \d+\.\d MiB on the GPU/.test(line ?? ''));
    const stepped = events.findIndex((event) => event.type === 'stage' && event.event.type === 'step');
    expect(said).toBeGreaterThan(0);
    expect(said).toBeLessThan(stepped);
    for (const [role, name] of [
      ['teacher', 'teacher-merged'],
      ['student', 'student-distilled'],
    ] as const) {
      const again = await engine.loadModel(role, await modelFolder(join(job.output, name)));
      expect(again.parameters).toBe(report.opened[role].parameters);
    }
    describesItself(job, steps);
    expect(events.map(lineOf)).toContain(`saved teacher-merged in ${join(job.output, 'teacher-merged')}`);
    // The merged teacher, loaded as a base, loses on the test rows what it lost when it was merged.
    const measured: number[] = [];
    await engine.run('baseline', job.recipe, (event) => {
      if (event.type === 'evaluation') measured.push(event.evaluation.loss ?? 0);
    });
    const loss = (subject: string) => report.results.find((r: { subject: string }) => r.subject === subject).loss;
    expect(measured[0]).toBeCloseTo(loss('teacher-merged'), 6);
    // The student's adapter was rounded into bf16 weights: close to it, and far from the base.
    expect(Math.abs(measured[1]! - loss('student-distilled'))).toBeLessThan(0.01);
    expect(Math.abs(measured[1]! - loss('student-base'))).toBeGreaterThan(0.05);
    expect(Math.abs(measured[0]! - loss('teacher-base'))).toBeGreaterThan(0.05);
  });

  it('that is stopped keeps what it has learnt so far', async () => {
    const folder = temporary();
    const engine = createStudioEngine(dawnCompiledOnce());
    const job = jobIn(folder, { stages: ['sft', 'merge'], student: undefined });
    const done = await runJob(job, engine, (event) => {
      if (event.type === 'stage' && event.event.type === 'step') engine.stop();
    });
    expect(done).toBe(false);
    expect(existsSync(join(job.output, 'teacher-adapter/adapter_model.safetensors'))).toBe(true);
    expect(existsSync(join(job.output, 'teacher-merged'))).toBe(false);
    expect(JSON.parse(readFileSync(join(job.output, 'report.json'), 'utf8')).stages).toMatchObject([
      { stage: 'sft', outcome: 'stopped', steps: 1 },
    ]);
  });

  it('starts from adapters, takes rows out of a JSON array, and writes shards of the given size', async () => {
    const folder = temporary();
    const rows = lines(join(demo, 'data/train.jsonl')).slice(0, 20);
    // Over many lines: a limit in lines would cut the array in two. The first row cannot be used.
    writeFileSync(join(folder, 'rows.json'), JSON.stringify([{ instruction: 1 }, ...rows], null, 2));
    const first = jobIn(folder, { stages: ['sft'], train: 'rows.json', limits: { train: 8, test: 2 } });
    const engine = createStudioEngine(dawnCompiledOnce());
    expect(await runJob(first, engine, () => {})).toBe(true);
    const report = JSON.parse(readFileSync(join(first.output, 'report.json'), 'utf8'));
    expect(report.opened.train.rows).toBe(8);
    const changes = { output: 'second', teacherAdapter: 'out/teacher-adapter', shardMegabytes: 1 };
    const second = jobIn(folder, { stages: ['merge'], limits: { test: 2 }, ...changes });
    const told: JobEvent[] = [];
    expect(await runJob(second, createStudioEngine(dawnCompiledOnce()), (event) => told.push(event))).toBe(true);
    expect(told.find((event) => event.type === 'opened' && event.what === 'teacherAdapter')).toMatchObject({
      detail: { name: 'teacher-adapter', rank: 8, baseModel: 'teacher' },
    });
    expect(readdirSync(join(second.output, 'teacher-merged'))).toContain('model-00002-of-00002.safetensors');
    const { merged, results } = JSON.parse(readFileSync(join(second.output, 'report.json'), 'utf8'));
    expect(merged.rounding).toBeLessThan(0.501);
    expect(merged.logits.rows).toBe(2);
    expect(merged.answers).toMatchObject({ rows: 2, verdictsChanged: 0 });
    expect(results.map(({ subject, step }: Evaluation) => [subject, step])).toEqual([
      ['teacher-sft', 0],
      ['teacher-merged', 0],
    ]);
    expect(told.map(lineOf).find((line) => line?.includes('of the last place'))).toContain('42 matrices');
  });

  const exporting = {
    ...{ stages: ['sft', 'merge'], forms: ['onnx-fp32'], limits: { train: 8, test: 1 }, student: undefined },
    recipe: { evaluation: { everySteps: 0, maxNewTokens: 4 } },
  };

  it('has its ONNX compared with our kernels by a second engine, and reports it', async () => {
    const job = jobIn(temporary(), exporting);
    const told: string[] = [];
    const engine = createStudioEngine(dawnCompiledOnce(), undefined, undefined, openSecond);
    expect(await runJob(job, engine, (event) => told.push(lineOf(event) ?? ''))).toBe(true);
    const report = JSON.parse(readFileSync(join(job.output, 'report.json'), 'utf8'));
    expect(report.vouched).toMatchObject([{ artifact: 'teacher-merged', form: 'fp32', verdict: 'agrees', asked: 1 }]);
    expect(told.join('\n')).toContain('answers: 1 the same');
  });

  it('is not done when the second engine disagrees', async () => {
    const job = jobIn(temporary(), exporting);
    const told: string[] = [];
    const wrong: typeof openSecond = async (request) => {
      const second = await openSecond(request);
      return { ...second, answer: async (prompt, options) => second.answer(prompt.slice(0, -1), options) };
    };
    const engine = createStudioEngine(dawnCompiledOnce(), undefined, undefined, wrong);
    expect(await runJob(job, engine, (event) => told.push(lineOf(event) ?? ''))).toBe(false);
    expect(told.at(-1)).toContain('DISAGREES');
  });

  it('that is stopped before a stage does not start it', async () => {
    const job = jobIn(temporary(), { stages: ['baseline'] });
    expect(await runJob(job, createStudioEngine(dawnCompiledOnce()), () => {}, { aborted: true })).toBe(false);
    expect(readdirSync(job.output).sort()).toEqual([
      ...['checkpoints', 'evaluations.csv', 'evaluations.jsonl', 'metrics.jsonl'],
      ...['recipe.json', 'report.json', 'run.json'],
    ]);
  });

  it('refuses a folder with earlier results, and says which path it cannot read', async () => {
    const folder = temporary();
    const engine = createStudioEngine(dawnCompiledOnce());
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    await expect(runJob(jobIn(folder, { output: '.' }), engine, () => {})).rejects.toMatchObject({
      code: 'output-not-empty',
    });
    expect(readdirSync(folder)).toEqual(['mine.txt']);
    await expect(runJob(jobIn(folder, { teacher: 'nowhere' }), engine, () => {})).rejects.toMatchObject({
      code: 'path-unreadable',
      message: expect.stringContaining(join(folder, 'nowhere')),
    });
  });
});
