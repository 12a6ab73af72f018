/** What came out of a stage, in one to three short lines. */
import { useTranslation } from 'react-i18next';
import { isTrainingStage, resumable, type Session, type Stage, type StageRecord, type Subject } from '../../store';
import type { Translate } from '../i18n';
import { duration, percent } from '../i18n/format';
import { agreement } from '../results/comparison';
import { latest } from '../results/latest';
import { percentMoved } from '../results/mergeShifts';
import { SaveResults } from '../saving/SaveResults';
import { useSession } from '../studioContext';

const shown: Readonly<Record<Stage, readonly Subject[]>> = {
  baseline: ['teacher-base', 'student-base'],
  sft: ['teacher-sft'],
  merge: ['teacher-merged'],
  distill: ['student-distilled'],
  evaluate: ['teacher-merged', 'student-distilled'],
  control: ['student-sft'],
};

const evaluationsOf = (s: Session) => s.evaluations;

export function StageResult({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const record = useSession((s) => s.stages[stage]);
  const evaluations = useSession(evaluationsOf);
  const held = useSession((s) => resumable(s, stage)?.step);
  const measured = shown[stage].flatMap((subject) => evaluations[subject].at(-1) ?? []);
  return (
    <>
      {measured.map(({ subject, correct, rows }) => (
        <p className="result" key={subject}>
          <span className="result-name">{t(subject.startsWith('teacher') ? 'models.teacher' : 'models.student')}</span>
          <span className="result-value">
            <strong>{percent(rows === 0 ? 0 : correct / rows)}</strong> n={rows}
          </span>
        </p>
      ))}
      {stage === 'merge' && record.state === 'done' && <Unchanged />}
      {stage === 'merge' && <Moved />}
      <p className="took">{ending(t, stage, record, held)}</p>
      <SaveResults stage={stage} />
    </>
  );
}

/** Merging should change nothing; what the rounding of the merged weights did is said. */
function Unchanged() {
  const { t } = useTranslation();
  const evaluations = useSession(evaluationsOf);
  const found = agreement(latest(evaluations['teacher-sft']), latest(evaluations['teacher-merged']));
  if (!found) return null;
  const { rows, same, verdicts } = found;
  return (
    <p className="took" data-testid="merge-unchanged" data-rows={rows} data-same={same} data-verdicts={verdicts}>
      {t(same === rows ? 'merge.same' : 'merge.rounded', { rows, same, count: verdicts })}
    </p>
  );
}

const reportOf = (s: Session) => s.mergeReport;

function Moved() {
  const { t } = useTranslation();
  const report = useSession(reportOf);
  if (!report) return null;
  return (
    <p className="took" data-testid="merge-moved">
      <a href="#merge-report">{t('merge.moved', { moved: percentMoved(report.modules) })}</a>
    </p>
  );
}

/** `held`: the step of the checkpoint that it can go on from. */
function ending(
  t: Translate,
  stage: Stage,
  { state, steps, milliseconds }: StageRecord,
  held: number | undefined,
): string {
  const time = duration(milliseconds);
  if (state === 'past') return t(held ? 'stage.pastHeld' : 'stage.past');
  // Curves are written every few seconds: a checkpoint may know more.
  if (state === 'interrupted' && held) return t('stage.interruptedHeld', { count: Math.max(steps, held) });
  if (state === 'interrupted') return t('stage.interrupted', { count: steps });
  if (state === 'failed') return t('stage.failedHint');
  if (state === 'stopped' && !isTrainingStage(stage)) return t('stage.stoppedMeasuring');
  if (state === 'stopped') return steps > 0 ? t('stage.kept', { count: steps }) : t('stage.nothing');
  if (state !== 'done') return '';
  return steps > 0 && isTrainingStage(stage) ? t('stage.steps', { count: steps, time }) : t('stage.took', { time });
}
