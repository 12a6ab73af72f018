/** Which evaluation stands for a model: the newest one of all rows, else the newest sample. */
import type { Evaluation, Subject } from '../../store';

export const subjects: readonly Subject[] = [
  'teacher-base',
  'teacher-sft',
  'teacher-merged',
  'student-base',
  'student-distilled',
  'student-sft',
];

export function latest(evaluations: readonly Evaluation[]): Evaluation | undefined {
  return evaluations.findLast((evaluation) => evaluation.complete) ?? evaluations.at(-1);
}
