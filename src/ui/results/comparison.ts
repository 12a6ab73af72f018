/** The same questions beside each other: one row per test line, one answer per model that was asked. */
import { type Answer, type Evaluation, placeKey, type Subject } from '../../store';

export interface ComparedRow {
  readonly file?: string | undefined;
  readonly line: number;
  readonly question: string;
  readonly expected: string;
  readonly answers: Partial<Readonly<Record<Subject, Answer>>>;
}

export type Filter = 'all' | 'wrong' | Subject;

export function compare(evaluations: readonly Evaluation[]): readonly ComparedRow[] {
  const rows = new Map<string | number, ComparedRow>();
  for (const { subject, answers } of evaluations) {
    for (const answer of answers) {
      const { file, line, question, expected } = answer;
      const row = rows.get(placeKey(answer)) ?? { file, line, question, expected, answers: {} };
      rows.set(placeKey(answer), { ...row, answers: { ...row.answers, [subject]: answer } });
    }
  }
  return [...rows.values()].sort((a, b) => (a.file ?? '').localeCompare(b.file ?? '') || a.line - b.line);
}

export function filtered(rows: readonly ComparedRow[], filter: Filter): readonly ComparedRow[] {
  if (filter === 'all') return rows;
  if (filter !== 'wrong') return rows.filter((row) => row.answers[filter]?.correct === false);
  return rows.filter((row) => Object.values(row.answers).some((answer) => !answer.correct));
}

export interface Agreement {
  readonly rows: number;
  /** Answers that are the same, letter by letter. */
  readonly same: number;
  /** Answers that one got right and the other wrong. */
  readonly verdicts: number;
}

/** How far two models answer alike; undefined unless both were asked the same questions. */
export function agreement(before: Evaluation | undefined, after: Evaluation | undefined): Agreement | undefined {
  if (!before || !after || before.answers.length !== after.answers.length) return undefined;
  const pairs = after.answers.map((answer, row) => ({ answer, other: before.answers[row] }));
  if (pairs.some(({ answer, other }) => other?.line !== answer.line || other.question !== answer.question))
    return undefined;
  return {
    rows: pairs.length,
    same: pairs.filter(({ answer, other }) => other?.output === answer.output).length,
    verdicts: pairs.filter(({ answer, other }) => other?.correct !== answer.correct).length,
  };
}
