// What is drawn and counted: smoothing, curves, intervals, pace, the log.
import { expect, test } from 'vitest';
import { readCurves } from '../../src/engine/runs/curves';
import { wilson } from '../../src/engine/runs/interval';
import { evaluationLog } from '../../src/store/evaluationLog';
import { createSeries, gap } from '../../src/store/series';
import { createSession } from '../../src/store/session';
import { smoother } from '../../src/store/smooth';
import { evaluationOf, stepOf } from '../support/fakeEngine';

test('smoothing is debiased: a constant stays that constant, the first point is itself, gaps stay', () => {
  for (const value of [3, 3, 3, 3].map(smoother(0.9))) expect(value).toBeCloseTo(3, 12);
  expect([gap, 5, gap, 7].map(smoother(0.9))).toEqual([
    gap,
    5,
    gap,
    expect.closeTo((0.9 * 0.1 * 5 + 0.1 * 7) / 0.19, 12),
  ]);
  expect([1, 2, 4].map(smoother(0))).toEqual([1, 2, 4]);
});

test('Wilson’s interval agrees with known values and stays inside 0 and 1', () => {
  // scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
  const middle = wilson(282, 290);
  expect(middle.low).toBeCloseTo(0.9465, 4);
  expect(middle.high).toBeCloseTo(0.986, 4);
  expect(wilson(0, 290).low).toBe(0);
  expect(wilson(290, 290).high).toBeCloseTo(1, 12);
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
});

test('columns are indexed by step with gaps, and listeners hear once per frame', () => {
  const frames: (() => void)[] = [];
  const series = createSeries((callback) => frames.push(callback));
  let heard = 0;
  const stop = series.subscribe(() => {
    heard += 1;
  });
  series.addStep('sft', stepOf(1, 0.5));
  series.addStep('sft', stepOf(3, 0.25));
  series.addEvaluation('sft', evaluationOf('teacher-sft', 2, 1, 4));
  expect(series.curves.sft.loss).toEqual([gap, 0.5, gap, 0.25]);
  expect(series.curves.sft.testLoss).toEqual([gap, gap, 0.5]);
  expect(series.accuracy['teacher-sft']).toEqual([gap, gap, 0.25]);
  expect(series.curves.distill.loss).toEqual([]);
  expect([frames.length, heard, series.revision()]).toEqual([1, 0, 0]);
  frames.shift()?.();
  expect([heard, series.revision()]).toEqual([1, 1]);
  stop();
  series.clearStage('sft');
  series.clearSubject('teacher-sft');
  frames.shift()?.();
  expect(heard).toBe(1);
  expect([series.curves.sft.loss.length, series.accuracy['teacher-sft'].length, series.recent.length]).toEqual([
    0, 0, 0,
  ]);
});

test('only the last steps are kept for the rate', () => {
  const series = createSeries(() => {});
  for (let step = 1; step <= 100; step++) series.addStep('distill', stepOf(step));
  expect(series.recent.length).toBe(40);
  expect(series.recent.at(-1)?.step).toBe(100);
});

test('the log lists every answer, the wrong ones again, and the accuracy last', () => {
  expect(evaluationLog(evaluationOf('student-base', 0, 1, 2)).map((line) => line.text)).toEqual([
    '输入：q1 输出：a1',
    '输入：q2 输出：no',
    '生成错误 输入：q2 输出：no',
    '准确率：0.5',
  ]);
});

test('a snapshot is a copy, and puts everything back as it was', () => {
  const series = createSeries((callback) => callback());
  series.addStep('sft', stepOf(1, 0.5));
  series.addEvaluation('sft', evaluationOf('teacher-sft', 1, 1, 2));
  const kept = series.snapshot();
  series.addStep('sft', stepOf(2, 0.25));
  series.addStep('control', stepOf(1, 2));
  expect(kept.curves.sft.loss).toEqual([gap, 0.5]);
  series.restore(kept);
  expect(series.snapshot()).toEqual(kept);
  expect(series.curves.control.loss).toEqual([]);
  expect(series.recent).toEqual([]);
});

test('each step fills a column per metric; what cannot be stored as JSON is a gap', () => {
  const series = createSeries(() => {});
  series.addStep('distill', { ...stepOf(1, 0.5), divergence: 0.25, agreement: 0.75 });
  series.addStep('distill', { ...stepOf(2, 0.5), milliseconds: 0 });
  const { distill } = series.curves;
  expect(distill.divergence).toEqual([gap, 0.25]);
  expect(distill.agreement).toEqual([gap, 0.75]);
  expect(distill.learningRate).toEqual([gap, 1e-3, 1e-3]);
  expect(distill.tokensPerSecond).toEqual([gap, 3000]);
  expect(distill.memory).toEqual([gap, 2, 2]);
  expect(readCurves(JSON.parse(JSON.stringify(series.snapshot())))).toEqual(series.snapshot());
  expect(structuredClone(series.snapshot())).toEqual(series.snapshot());
});

test('only what changes or removes a value counts as rewriting', () => {
  const series = createSeries(() => {});
  series.addStep('sft', stepOf(1));
  series.addStep('sft', stepOf(2));
  series.addEvaluation('sft', evaluationOf('teacher-sft', 2, 1, 2));
  expect(series.rewrites()).toBe(0);
  series.addEvaluation('sft', evaluationOf('teacher-sft', 2, 2, 2));
  const overwritten = series.rewrites();
  expect(overwritten).toBeGreaterThan(0);
  series.clearSubject('teacher-sft');
  expect(series.rewrites()).toBeGreaterThan(overwritten);
});

test('a series of an older page, with fewer columns, is put back with the others empty', () => {
  const series = createSeries(() => {});
  series.addStep('sft', stepOf(1));
  series.addEvaluation('sft', evaluationOf('teacher-sft', 1, 1, 2));
  const old = { curves: { sft: { loss: [null, 2], testLoss: [] } }, accuracy: { 'teacher-sft': [0, 0.5] } };
  series.restore(readCurves(old)!);
  expect(series.curves.sft.loss).toEqual([gap, 2]);
  expect(series.accuracy['teacher-sft']).toEqual([0, 0.5]);
  expect([series.curves.sft.gradientNorm, series.curves.distill.loss, series.accuracyRows['teacher-sft']]).toEqual([
    [],
    [],
    [],
  ]);
});

test('overlays of an older page are completed, and keep their columns', () => {
  const session = createSession();
  const loss = [gap, 1];
  const data = JSON.parse('{}');
  session.getState().setOverlays([{ id: 'a', name: 'A', data: { ...data, curves: { sft: { loss } } } }]);
  const [overlay] = session.getState().overlays;
  expect(overlay?.data.curves.sft.loss).toBe(loss);
  expect(overlay?.data.curves.control.testLoss).toEqual([]);
  expect(overlay?.data.accuracyRows['student-sft']).toEqual([]);
});
