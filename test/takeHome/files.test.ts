// The files about a run: the Trainer's state, tables, metrics that make the curves again, the record and the recipe.
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/engine/runs/seriesData';
import { runFiles } from '../../src/engine/takeHome/files';
import { metrics, seriesFrom } from '../../src/engine/takeHome/metrics';
import { readRunFile, runFile } from '../../src/engine/takeHome/runFile';
import { csv } from '../../src/engine/takeHome/text';
import { parseDocument } from '../../src/engine/train/document';
import { hubOrigin, keptRun } from '../support/keptRun';

const run = keptRun({ teacher: hubOrigin });
const written = new Map(
  [...runFiles({ ...run, schema: 'https://x/recipe.schema.json' }, { answers: true })].map(({ path, bytes }) => [
    path,
    new TextDecoder().decode(bytes),
  ]),
);
const read = (path: string) => JSON.parse(written.get(path) ?? '');

it('each stage that took steps has a folder of its own', () => {
  const of = (stage: string) => [...written.keys()].filter((path) => path.startsWith(`runs/${stage}/`));
  for (const stage of ['sft', 'distill'])
    expect(of(stage)).toEqual([
      ...[`runs/${stage}/trainer_state.json`, `runs/${stage}/metrics.csv`],
      `runs/${stage}/events.out.tfevents.1700000100.distillery`,
    ]);
  expect(of('control')).toEqual([]);
});

it('answers stand in one file, which is left out where others may read it', () => {
  expect(written.get('evaluations.jsonl')?.trim().split('\n')).toHaveLength(4);
  const shown = [...runFiles(run, { answers: false })].map(({ bytes }) => new TextDecoder().decode(bytes)).join('');
  expect(written.get('evaluations.jsonl')).toContain('"q10"');
  expect(shown).not.toContain('"q10"');
});

describe('trainer_state.json', () => {
  it('has the keys of the Trainer, in its order', () => {
    const state = read('runs/sft/trainer_state.json');
    expect(Object.keys(state)).toEqual([
      ...['best_global_step', 'best_metric', 'best_model_checkpoint', 'epoch', 'eval_steps', 'global_step'],
      ...['is_hyper_param_search', 'is_local_process_zero', 'is_world_process_zero', 'log_history', 'logging_steps'],
      ...['max_steps', 'num_input_tokens_seen', 'num_train_epochs', 'save_steps', 'stateful_callbacks', 'total_flos'],
      ...['train_batch_size', 'trial_name', 'trial_params'],
    ]);
    expect(state).toMatchObject({ epoch: 2, global_step: 4, max_steps: 6, num_train_epochs: 3, train_batch_size: 5 });
  });

  it('tells steps and evaluations as the Trainer does; a stage that was stopped has no summary', () => {
    const history = read('runs/sft/trainer_state.json').log_history;
    expect(history[0]).toEqual({ epoch: 0.5, grad_norm: 0.5, learning_rate: 1e-3, loss: 4, step: 1 });
    expect(history[2]).toEqual({ epoch: 1, eval_loss: 0.75, step: 2 });
    expect(history.at(-1)).toEqual({ epoch: 2, eval_accuracy: 0.9, eval_loss: 0.5, eval_samples: 10, step: 4 });
  });

  it('ends with a summary where the stage came to its end', () => {
    expect(read('runs/distill/trainer_state.json').log_history.at(-1)).toEqual({
      ...{ epoch: 1, step: 2, total_flos: 0, train_loss: 0.375, train_runtime: 1 },
      ...{ train_samples_per_second: 10, train_steps_per_second: 2 },
    });
  });

  it('steps that were to be are counted from the rows where the record does not say', () => {
    const { sft, ...stages } = run.record.stages;
    const { totalSteps: _, ...before } = sft!;
    const older = { ...run, record: { ...run.record, stages: { ...stages, sft: before } } };
    const file = [...runFiles(older, { answers: false })].find(({ path }) => path === 'runs/sft/trainer_state.json');
    expect(JSON.parse(new TextDecoder().decode(file?.bytes))).toMatchObject({ max_steps: 6, epoch: 2 });
  });
});

it('tables have a line for each step and for each evaluation', () => {
  const [head, ...steps] = (written.get('runs/sft/metrics.csv') ?? '').trim().split('\n');
  expect(head).toMatch(/^step,epoch,loss,.*,eval_loss,eval_accuracy,eval_samples$/);
  expect(steps).toHaveLength(4);
  expect(steps[0]).toMatch(/^1,0\.5,4,/);
  const [, base, sft] = (written.get('evaluations.csv') ?? '').split('\n');
  expect(base).toMatch(/^teacher-base,0,0,10,0,0,0\.27/);
  expect(sft).toMatch(/^teacher-sft,4,9,10,0\.9,0\.59/);
  expect(csv(['a', 'b'], [{ a: 'x,"y"', b: undefined }])).toBe('a,b\n"x,""y""",\n');
});

describe('what was written is read back', () => {
  it('metrics make the curves again, whatever else stands among them', () => {
    const lines: unknown[] = [...metrics(run)];
    const { curves, accuracy, accuracyRows } = seriesFrom(lines);
    expect(curves).toEqual(run.curves.curves);
    expect(accuracy['teacher-sft']).toEqual(run.curves.accuracy['teacher-sft']);
    expect(accuracyRows['student-distilled']).toEqual(run.curves.accuracyRows['student-distilled']);
    const hostile: unknown[] = [
      ...[null, 7, [], { stage: '__proto__', step: 1, loss: 1 }, { stage: 'sft', step: 1e12, loss: 1 }],
      ...[
        { stage: 'sft', step: -1, loss: 1 },
        { stage: 'sft', step: 1, loss: 'x', constructor: 2 },
      ],
      { subject: 'toString', step: 0, correct: 1, rows: 1 },
    ];
    expect(seriesFrom([...hostile, ...lines]).curves).toEqual(run.curves.curves);
    expect(seriesFrom(lines.slice(1)).curves).not.toEqual(run.curves.curves);
  });

  it('lets no file of a few lines ask for columns without end', () => {
    const subjects = Object.keys(complete({}).accuracy);
    const lines = subjects.map((subject) => ({ subject, step: 1_000_000, correct: 1, rows: 1 }));
    const { accuracy, accuracyRows } = seriesFrom(lines);
    const lengths = [...Object.values(accuracy), ...Object.values(accuracyRows)].map(({ length }) => length);
    expect(lengths.filter((length) => length > 0)).toEqual([1_000_001, 1_000_001, 1_000_001, 1_000_001]);
    expect(lengths.length).toBeGreaterThan(4);
  });

  it('the record is the same, and says what lies beside it', () => {
    expect(readRunFile('folder', written.get('run.json') ?? '')).toEqual({ record: run.record, artifact: undefined });
    expect(readRunFile('folder', runFile(run.record, 'student-distilled')).artifact).toBe('student-distilled');
    const lost = { ...run.record, losses: { sft: { step: 1, train: Number.NaN } } };
    expect(readRunFile('folder', runFile(lost)).record.losses.sft?.train).toBeNaN();
  });

  it.each([
    ['{', 'run-file-invalid'],
    ['[]', 'run-file-invalid'],
    ['{"version": 1, "id": "../x"}', 'run-file-invalid'],
    ['{"version": 2}', 'run-file-newer'],
  ])('%s is refused in words', (text, code) => {
    expect(() => readRunFile('folder', text)).toThrow(expect.objectContaining({ code }));
  });

  it('the recipe is a document that the headless studio takes', () => {
    const document = parseDocument(read('recipe.json'), 'recipe.json');
    expect(document).toMatchObject({ teacher: 'plain teacher', train: 'plain.jsonl', recipe: { seed: 7 } });
  });
});
