// A model's answers from evaluation to evaluation.
import { expect, test } from 'vitest';
import type { Answer, Evaluation } from '../../src/store';
import { changeOf, filteredProgress, progressOf, turned } from '../../src/ui/results/progress';

const answer = (line: number, output: string, correct: boolean, loss?: number): Answer => {
  return { line, question: `q${line}`, expected: `a${line}`, output, correct, loss };
};

function evaluation(step: number, answers: readonly Answer[], worst: readonly Answer[] = []): Evaluation {
  const correct = answers.filter((row) => row.correct).length;
  return { subject: 'teacher-sft', step, loss: 1, correct, rows: answers.length, complete: false, answers, worst };
}

const first = evaluation(10, [answer(1, 'x', false, 3), answer(2, 'a2', true, 0.5), answer(4, 'y', false, 2)]);
const second = evaluation(
  20,
  [answer(1, 'a1', true, 0.2), answer(2, 'z', false, 4), answer(4, 'w', false, 1)],
  [answer(9, 'v', false, 5)],
);

test('the largest losses come first, those asked beside the sample among them', () => {
  expect(progressOf([first, second], 1).map(({ line, beside }) => [line, beside])).toEqual([
    [9, true],
    [2, false],
    [4, false],
    [1, false],
  ]);
});

test('every answer is held against the last time it was given, and never against a later one', () => {
  const rows = progressOf([first, second], 1);
  expect(Object.fromEntries(rows.map((row) => [row.line, changeOf(row)]))).toEqual({
    1: 'fixed',
    2: 'broke',
    4: 'other',
    9: 'new',
  });
  expect(turned(rows)).toEqual({ fixed: 1, broke: 1 });
  expect(progressOf([first, second], 0).map(changeOf)).toEqual(['new', 'new', 'new']);
});

test('a question that was left out once is held against the time before that', () => {
  const third = evaluation(30, [answer(9, 'v', false), answer(1, 'a1', true)]);
  expect(progressOf([first, evaluation(20, []), third], 2).map((row) => [row.line, changeOf(row)])).toEqual([
    [1, 'fixed'],
    [9, 'new'],
  ]);
});

test('filters show the wrong ones or those that changed', () => {
  const rows = progressOf([first, second], 1);
  expect(filteredProgress(rows, 'wrong').map(({ line }) => line)).toEqual([9, 2, 4]);
  expect(filteredProgress(rows, 'changed').map(({ line }) => line)).toEqual([2, 4, 1]);
});
