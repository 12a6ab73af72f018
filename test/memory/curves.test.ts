/** A training of hours leaves in the page what its curves and answers need, and not much more. */
import { expect, it } from 'vitest';
import type { Evaluation, StepMetrics } from '../../src/store';
import { createSeries } from '../../src/store/series';
import { createSession } from '../../src/store/session';
import { Tracks } from '../../src/ui/charts/tracks';
import { evaluationOf, stepOf } from '../support/fakeEngine';
import { heapUsed } from './heap';

const some = Math.random;
const metrics = (step: number): StepMetrics => ({
  ...stepOf(step, some()),
  ...{
    crossEntropy: some(),
    tokenAccuracy: some(),
    gradientNorm: some(),
    learningRate: 1 / step,
    milliseconds: some(),
  },
});

const evaluation = (step: number): Evaluation => ({
  ...evaluationOf('teacher-sft', step, 64, 64),
  answers: Array.from({ length: 64 }, (_, line) => ({
    ...{ line, question: `How much is ${line} and 1, in the secret arithmetic?`, expected: `It is ${line}.` },
    ...{ output: `It is ${line}.`, correct: true, loss: Math.random() },
  })),
});

it('takes 8 bytes a figure and a few for its picture; a question and its answer are there once', async () => {
  const series = createSeries((callback) => callback());
  const session = createSession();
  const tracks = new Tracks(series.rewrites);
  const held: number[] = [];
  for (let step = 1; step <= 30_000; step++) {
    // As they come from a worker: with no object and no text in common.
    series.addStep('sft', structuredClone(metrics(step)));
    if (step % 100 === 0) {
      const told = structuredClone(evaluation(step));
      series.addEvaluation('sft', told);
      session.getState().addEvaluation({ ...told, judged: { judge: 'sum', judgePattern: '' } });
      tracks.smoothed(series.curves.sft.loss, 0.9);
    }
    if (step === 10_000 || step === 30_000) held.push(await heapUsed());
  }
  expect([series.curves.sft.loss.length, session.getState().evaluations['teacher-sft'].length]).toEqual([30_001, 300]);
  expect((held[1]! - held[0]!) / 20_000, 'bytes a step').toBeLessThan(270);
});
