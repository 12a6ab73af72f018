import { describe, expect, it } from 'vitest';
import { judge } from '../../src/engine/data/judge';
import type { JudgedEvaluation, Subject } from '../../src/store';
import { subjects } from '../../src/store';
import { en } from '../../src/ui/i18n/en';
import { zh } from '../../src/ui/i18n/zh';
import { judgesOf } from '../../src/ui/results/latest';
import { allFields } from '../../src/ui/settings/fields';
import { evaluationOf } from '../support/fakeEngine';

type Judge = JudgedEvaluation['judged']['judge'];
type Found = Partial<Record<Subject, readonly JudgedEvaluation[]>>;

const judgedBy = (subject: Subject, by: Judge, judgePattern = '', complete = true): JudgedEvaluation => ({
  ...{ ...evaluationOf(subject, 1, 1, 2), complete },
  judged: { judge: by, judgePattern },
});
const none = Object.fromEntries(subjects.map((subject) => [subject, []])) as unknown as Record<Subject, []>;
const shown = (found: Found) =>
  judgesOf({ ...none, ...found }).map(({ judged, subjects: whose }) => [judged.judge, ...whose]);

describe('the judges beside the accuracies', () => {
  it('are those that judged, once each', () => {
    expect(shown({})).toEqual([]);
    const [base, sft, student] = [
      judgedBy('teacher-base', 'sum'),
      judgedBy('teacher-sft', 'sum'),
      judgedBy('student-base', 'exact'),
    ];
    expect(shown({ 'teacher-base': [base], 'teacher-sft': [sft] })).toEqual([['sum', 'teacher-base', 'teacher-sft']]);
    expect(shown({ 'teacher-base': [base], 'student-base': [student] })).toEqual([
      ['sum', 'teacher-base'],
      ['exact', 'student-base'],
    ]);
  });

  it('belong to the evaluation that stands for the model', () => {
    const [older, newer] = [judgedBy('teacher-base', 'sum'), judgedBy('teacher-base', 'exact', '', false)];
    expect(shown({ 'teacher-base': [older, newer] })).toEqual([['sum', 'teacher-base']]);
    expect(shown({ 'teacher-base': [newer] })).toEqual([['exact', 'teacher-base']]);
  });

  it('are told apart by their patterns, where a pattern counts', () => {
    const pair = (by: Judge): Found => ({
      'teacher-base': [judgedBy('teacher-base', by, 'a')],
      'student-base': [judgedBy('student-base', by, 'b')],
    });
    expect(shown(pair('regex'))).toHaveLength(2);
    expect(shown(pair('exact'))).toHaveLength(1);
  });
});

describe('every judge that can be chosen', () => {
  const control = allFields.find(({ path }) => path === 'judge')?.control;
  const judges = control?.kind === 'select' ? control.options : [];

  it('has its definition in both languages, and no two the same', () => {
    for (const dictionary of [en, zh] as Readonly<Record<string, string>>[]) {
      const definitions = judges.map((name) => dictionary[`judge.${name}`]);
      expect(definitions.every(Boolean)).toBe(true);
      expect(new Set(definitions).size).toBe(5);
    }
  });

  // What the sentences promise, each with an answer just beyond it.
  it.each<[Judge, string, string]>([
    ['sum', 'x--->3 + 4', 'x--->3 + 4 + 0'],
    ['sum', '--->3+4', '--->-3 + 10'],
    ['sum-lenient', '--->7', '---> 8'],
    ['sum-lenient', '--->10 + -3 + 0', '--->10 - 3'],
    ['exact', ' --->3 + 4\n', '--->3 +  4'],
    ['contains', 'so --->3 + 4, I think', 'so --->3+4'],
    ['regex', `${'.'.repeat(3990)}--->3 + 4`, `${'.'.repeat(4000)}--->3 + 4`],
  ])('%s keeps its word: %s', (kind, right, wrong) => {
    const by = (output: string) => judge(kind, { question: '7', expected: '--->3 + 4', output, pattern: '{expected}' });
    expect([by(right), by(wrong)]).toEqual([true, false]);
  });
});
