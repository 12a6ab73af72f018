/** The evaluations of a kept run as the panels of the page expect them: by model. */
import { type JudgedEvaluation, type Subject, subjects } from '../../store';

export function evaluationsBySubject(
  evaluations: readonly JudgedEvaluation[],
): Readonly<Record<Subject, readonly JudgedEvaluation[]>> {
  const lists = subjects.map((subject) => [subject, evaluations.filter((one) => one.subject === subject)] as const);
  return Object.fromEntries(lists) as unknown as Record<Subject, JudgedEvaluation[]>;
}
