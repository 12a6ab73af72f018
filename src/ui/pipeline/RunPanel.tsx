/** What runs now: phase, progress, and the figures of the last step. */
import { useTranslation } from 'react-i18next';
import {
  missing,
  type PhaseProgress,
  remaining,
  resumable,
  type Session,
  type Stage,
  stagesOf,
  trainingStages,
} from '../../store';
import type { Translate } from '../i18n';
import { NotifyWish } from '../running/NotifyWish';
import { useSession } from '../studioContext';
import { Preview } from './Preview';
import { RunFacts } from './RunFacts';
import { StepWork } from './StepWork';

const runningOf = (s: Session) => s.running;
const phaseOf = (s: Session) => s.phase;
const canStart = (s: Session) => missing(s, 'baseline').length === 0 && missing(s, 'sft').length === 0;

/** The first stage that is not done; undefined when all are. */
const firstOpen = (s: Session) => stagesOf(s.recipe).find((stage) => s.stages[stage].state !== 'done');

/** The first that ended early and can go on. */
const earlyOf = (s: Session) => trainingStages.map((stage) => resumable(s, stage)).find(Boolean);

/** Nothing of what would run is open: all of it would be made again. */
const againOf = (s: Session) => remaining(s).every((stage) => s.stages[stage].state === 'done');

type Early = ReturnType<typeof earlyOf>;

function idleText(t: Translate, ready: boolean, open: Stage | undefined, early: Early): string {
  if (!ready) return t('run.nothing');
  if (early) return t('run.goesOn', { stage: t(`stage.${early.stage}`), step: early.step, total: early.totalSteps });
  if (open === undefined) return t('run.finished');
  return open === 'baseline' ? t('run.ready') : t('run.next', { stage: t(`stage.${open}`) });
}

export function RunPanel() {
  const { t } = useTranslation();
  const running = useSession(runningOf);
  const phase = useSession(phaseOf);
  const ready = useSession(canStart);
  const open = useSession(firstOpen);
  const again = useSession(againOf);
  const early = useSession(earlyOf);
  const idle = idleText(t, ready, open, early);
  const now =
    running && t('run.phase', { stage: t(`stage.${running}`), phase: t(`phase.${phase?.phase ?? 'starting'}`) });
  return (
    <section className="panel run" aria-labelledby="run-title" data-running={running ?? ''}>
      <h2 id="run-title" className="sr-only">
        {t('run.title')}
      </h2>
      <p className="phase" data-testid="phase" data-phase={phase?.phase ?? ''} aria-live="polite">
        {now ?? idle}
      </p>
      {!running && ready && (again ? <PreviewAgain /> : <Preview />)}
      {running && <Progress progress={phase} />}
      {(running || ready) && <NotifyWish />}
      {running && <RunFacts stage={running} />}
      <StepWork />
    </section>
  );
}

/** When all is done what came of it is looked at: what would run again is folded away. */
function PreviewAgain() {
  const { t } = useTranslation();
  return (
    <details data-testid="preview-again">
      <summary>{t('preview.again')}</summary>
      <Preview />
    </details>
  );
}

function Progress({ progress }: { readonly progress: PhaseProgress | undefined }) {
  const { t } = useTranslation();
  const known = progress !== undefined && progress.total > 0;
  return (
    <div className="progress">
      <progress aria-label={t('run.progress')} {...(known ? { value: progress.done, max: progress.total } : {})} />
      <span className="progress-count">{known ? `${Math.floor(progress.done)}/${progress.total}` : ''}</span>
    </div>
  );
}
