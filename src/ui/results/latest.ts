/** Which evaluation stands for a model, and which judge decided it. */
import { type JudgedEvaluation, latest, type Subject, subjects } from '../../store';

export { latest };

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
