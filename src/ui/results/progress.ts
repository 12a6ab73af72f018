/** One model's answers as they change from evaluation to evaluation. */
import type { Answer, Evaluation } from '../../store';

export interface ProgressRow {
  readonly line: number;
  readonly question: string;
  readonly expected: string;
  readonly now: Answer;
  /** What the same question got in the last evaluation before that asked it. */
  readonly before: Answer | undefined;
  /** Asked beside the sample because its loss is among the largest; no accuracy counts it. */
  readonly beside: boolean;
}

export type ProgressFilter = 'all' | 'wrong' | 'changed';

/** The answers of the evaluation `at`, the largest losses first; rows without one stay in the order of the file, last. */
export function progressOf(evaluations: readonly Evaluation[], at: number): readonly ProgressRow[] {
  const evaluation = evaluations[at];
  if (!evaluation) return [];
  const before = new Map<number, Answer>();
  for (const { answers, worst } of evaluations.slice(0, at))
    for (const answer of [...answers, ...worst]) before.set(answer.line, answer);
  const row = (beside: boolean) => (now: Answer) => ({
    ...{ line: now.line, question: now.question, expected: now.expected },
    ...{ now, before: before.get(now.line), beside },
  });
  const rows = [...evaluation.answers.map(row(false)), ...evaluation.worst.map(row(true))];
  const loss = ({ now }: ProgressRow): number => now.loss ?? Number.NEGATIVE_INFINITY;
  return rows.sort((a, b) => (loss(a) === loss(b) ? a.line - b.line : loss(b) - loss(a)));
}

export type Change = 'fixed' | 'broke' | 'other' | 'same' | 'new';

export function changeOf({ now, before }: ProgressRow): Change {
  if (!before) return 'new';
  if (now.correct !== before.correct) return now.correct ? 'fixed' : 'broke';
  return now.output === before.output ? 'same' : 'other';
}

export function filteredProgress(rows: readonly ProgressRow[], filter: ProgressFilter): readonly ProgressRow[] {
  if (filter === 'wrong') return rows.filter(({ now }) => !now.correct);
  if (filter === 'changed') return rows.filter((row) => !['same', 'new'].includes(changeOf(row)));
  return rows;
}

/** How many verdicts turned right, how many wrong, since the evaluation before. */
export function turned(rows: readonly ProgressRow[]): { readonly fixed: number; readonly broke: number } {
  const count = (change: Change) => rows.filter((row) => changeOf(row) === change).length;
  return { fixed: count('fixed'), broke: count('broke') };
}
