/** The switches of a large chart: what this page and the runs laid over it have curves of. */
import { beganAs, trainingStages } from '../../store';
import type { Translate } from '../i18n';
import type { LegendEntry } from './Legend';
import { drawnSubjects, stageColours, subjectLooks } from './model';
import type { Run } from './runs';

export function stageEntries(runs: readonly Run[], t: Translate): readonly LegendEntry[] {
  const stages = trainingStages.filter((stage) =>
    runs.some(({ data }) => data.curves[stage].loss.length > 0 || data.curves[stage].testLoss.length > 0),
  );
  const own = stages.map((stage) => ({ key: stage, name: t(`stage.${stage}`), colour: stageColours[stage] }));
  return [...own, ...overlayEntries(runs)];
}

export function subjectEntries(runs: readonly Run[], t: Translate): readonly LegendEntry[] {
  const own = drawnSubjects.flatMap((subject) =>
    runs.some((run) => isMeasured(run, subject)) ? [{ name: t(`subject.${subject}`), ...subjectLooks[subject] }] : [],
  );
  return [...own, ...overlayEntries(runs)];
}

/** The control run is optional: what its model began as is the baseline of another curve. */
export function isMeasured({ data: { accuracy } }: Run, subject: (typeof drawnSubjects)[number]): boolean {
  const before = subject === 'student-sft' ? undefined : beganAs[subject];
  return accuracy[subject].length > 0 || (before !== undefined && accuracy[before].length > 0);
}

function overlayEntries(runs: readonly Run[]): readonly LegendEntry[] {
  return runs.flatMap(({ overlay }) => (overlay ? [{ ...overlay, colour: 'muted' }] : []));
}
