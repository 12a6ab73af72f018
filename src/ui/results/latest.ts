/** Which evaluation stands for a model: the newest one of all rows, else the newest sample. */
import { type Evaluation, type JudgedEvaluation, type Subject, subjects } from '../../store';

export function latest<E extends Evaluation>(evaluations: readonly E[]): E | undefined {
  return evaluations.findLast((evaluation) => evaluation.complete) ?? evaluations.at(-1);
}

export interface JudgedSubjects {
  readonly judged: JudgedEvaluation['judged'];
  readonly subjects: readonly Subject[];
}

/** The judges of the evaluations that stand for the models, each with the models that it judged. */
export function judgesOf(
  evaluations: Readonly<Record<Subject, readonly JudgedEvaluation[]>>,
): readonly JudgedSubjects[] {
  const found = new Map<string, JudgedSubjects>();
  for (const subject of subjects) {
    const judged = latest(evaluations[subject])?.judged;
    if (!judged) continue;
    // Only a regular expression has a pattern; what stands in its field beside another judge says nothing.
    const key = judged.judge === 'regex' ? `regex ${judged.judgePattern}` : judged.judge;
    const before = found.get(key)?.subjects ?? [];
    found.set(key, { judged, subjects: [...before, subject] });
  }
  return [...found.values()];
}
