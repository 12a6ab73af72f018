/** The figures of a run that its record holds, out of all that was measured; and what a run is called at first. */
import { lastOf } from './curves';
import { latest } from './latest';
import type { RunRecord } from './record';
import { type SeriesData, subjects, trainingStages } from './seriesData';
import type { JudgedEvaluation } from './wholeRun';

/** The evaluation that stands for each model, without its answers. */
export function standing(evaluations: readonly JudgedEvaluation[]): RunRecord['measured'] {
  const found = subjects.flatMap((subject) => latest(evaluations.filter((each) => each.subject === subject)) ?? []);
  return Object.fromEntries(found.map(({ answers: _, worst: __, ...rest }) => [rest.subject, rest]));
}

/** At the last step of each training stage. */
export function lossesIn(curves: SeriesData): RunRecord['losses'] {
  const found = trainingStages.flatMap((stage) => {
    const { loss, testLoss } = curves.curves[stage];
    const last = lastOf(loss);
    return last ? [[stage, { step: last.step, train: last.value, test: lastOf(testLoss)?.value }] as const] : [];
  });
  return Object.fromEntries(found);
}

/** The task, as its file is called, and when: `numbers · 2026-03-01 14:05`; `now` in milliseconds since 1970. */
export function firstName(rows: string | undefined, now: number): string {
  const file = rows?.replace(/\.\w+$/, '');
  const two = (value: number): string => String(value).padStart(2, '0');
  const at = new Date(now);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return [file, `${day} ${two(at.getHours())}:${two(at.getMinutes())}`].filter(Boolean).join(' · ');
}
