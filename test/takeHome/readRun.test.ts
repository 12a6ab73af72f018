// A run out of its files: the same as it was written, without answers where there are none, and refused in words when damaged.
import { expect, it } from 'vitest';
import { gap } from '../../src/engine/runs/seriesData';
import { runFiles } from '../../src/engine/takeHome/files';
import { readRun } from '../../src/engine/takeHome/readRun';
import { keptRun } from '../support/keptRun';

const run = keptRun();

function texts(answers: boolean) {
  const files = new Map(
    [...runFiles(run, { answers })].map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)]),
  );
  return {
    run: files.get('run.json')!,
    metrics: files.get('metrics.jsonl'),
    evaluations: files.get('evaluations.jsonl'),
  };
}

it('is the run that was written', () => {
  const { run: read, artifact } = readRun('folder', texts(true));
  expect(read.record).toEqual(run.record);
  expect(read.evaluations).toEqual(run.evaluations);
  expect(read.curves).toEqual({ ...run.curves, accuracy: expect.anything(), accuracyRows: expect.anything() });
  expect(read.curves.accuracy['teacher-sft']).toEqual([gap, gap, gap, gap, 0.9]);
  expect(artifact).toBeUndefined();
});

it('has its evaluations without answers where the folder holds none, and no curves where it holds no metrics', () => {
  const { evaluations, curves } = readRun('folder', texts(false)).run;
  expect(evaluations).toEqual(run.evaluations.map((each) => ({ ...each, answers: [], worst: [] })));
  expect(curves.curves.sft.loss).toEqual([gap, 4, 3, 2, 1]);
  const bare = readRun('folder', { run: texts(true).run, metrics: undefined, evaluations: undefined }).run;
  expect([bare.evaluations, bare.curves.curves.sft.loss]).toEqual([[], []]);
});

it.each([
  ['metrics', '{"stage": "sft"', 'metrics.jsonl'],
  ['evaluations', '{"subject": "teacher-sft"}', 'evaluations.jsonl'],
  ['evaluations', '[]', 'evaluations.jsonl'],
])('a damaged line is named: %s %s', (file, line, name) => {
  const whole = texts(true);
  const broken = { ...whole, [file]: `${whole[file as 'metrics']}${line}\n` };
  const detail = expect.objectContaining({ file: name, line: whole[file as 'metrics']!.split('\n').length });
  expect(() => readRun('folder', broken)).toThrow(expect.objectContaining({ code: 'run-file-damaged', detail }));
  expect(() => readRun('folder', whole)).not.toThrow();
});
