import { describe, expect, it } from 'vitest';
import type { Answer, Evaluation } from '../../src/engine/studio';
import { agreement, compare, filtered } from '../../src/ui/results/comparison';

const answer = (line: number, output: string, correct: boolean): Answer => ({
  ...{ line, output, correct },
  question: `question ${line}`,
  expected: '',
});

function evaluation(subject: Evaluation['subject'], answers: readonly Answer[]): Evaluation {
  const correct = answers.filter((each) => each.correct).length;
  return { subject, answers, correct, step: 1, loss: 1, rows: answers.length, complete: true, worst: [] };
}

const before = evaluation('teacher-sft', [answer(1, 'a', true), answer(2, 'b', true), answer(3, 'c', false)]);

describe('agreement', () => {
  it('counts the answers that stayed and the verdicts that did not', () => {
    const after = evaluation('teacher-merged', [answer(1, 'a', true), answer(2, 'x', true), answer(3, 'y', true)]);
    expect(agreement(before, after)).toEqual({ rows: 3, same: 1, verdicts: 1 });
    expect(agreement(before, before)).toEqual({ rows: 3, same: 3, verdicts: 0 });
  });

  it('says nothing about different questions', () => {
    expect(agreement(before, undefined)).toBeUndefined();
    expect(agreement(before, evaluation('teacher-merged', [answer(1, 'a', true)]))).toBeUndefined();
    const others = before.answers.map((each) => ({ ...each, question: 'another' }));
    expect(agreement(before, evaluation('teacher-merged', others))).toBeUndefined();
  });
});

describe('the table of answers', () => {
  const student = evaluation('student-base', [answer(3, 'd', true), answer(1, 'e', false)]);
  const rows = compare([before, student]);

  it('has one row per question, in the order of the file', () => {
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(Object.keys(rows[0]!.answers)).toEqual(['teacher-sft', 'student-base']);
  });

  it('can be cut down to what one model, or any, got wrong', () => {
    const lines = (filter: Parameters<typeof filtered>[1]) => filtered(rows, filter).map(({ line }) => line);
    expect(lines('all')).toEqual([1, 2, 3]);
    expect(lines('wrong')).toEqual([1, 3]);
    expect(lines('teacher-sft')).toEqual([3]);
    expect(lines('student-base')).toEqual([1]);
  });
});
