/** The same questions beside each other: one row per test line, one answer per model that was asked. */
import type { Answer, Evaluation, Subject } from '../../store';

export interface ComparedRow {
  readonly line: number;
  readonly question: string;
  readonly expected: string;
  readonly answers: Partial<Readonly<Record<Subject, Answer>>>;
}

export type Filter = 'all' | 'wrong' | Subject;

export function compare(evaluations: readonly Evaluation[]): readonly ComparedRow[] {
  const rows = new Map<number, ComparedRow>();
  for (const { subject, answers } of evaluations) {
    for (const answer of answers) {
      const { line, question, expected } = answer;
      const row = rows.get(line) ?? { line, question, expected, answers: {} };
      rows.set(line, { ...row, answers: { ...row.answers, [subject]: answer } });
    }
  }
  return [...rows.values()].sort((a, b) => a.line - b.line);
}

export function filtered(rows: readonly ComparedRow[], filter: Filter): readonly ComparedRow[] {
  if (filter === 'all') return rows;
  if (filter !== 'wrong') return rows.filter((row) => row.answers[filter]?.correct === false);
  return rows.filter((row) => Object.values(row.answers).some((answer) => !answer.correct));
}
