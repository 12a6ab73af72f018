/** What runs now: phase, progress, and the figures of the last step. */
import { useTranslation } from 'react-i18next';
import type { PhaseProgress, Session } from '../../store';
import { useSession } from '../studioContext';
import { RunFacts } from './RunFacts';

const runningOf = (s: Session) => s.running;
const phaseOf = (s: Session) => s.phase;
const allLoaded = (s: Session) =>
  s.gpu.state === 'open' &&
  s.models.teacher.info !== undefined &&
  s.models.student.info !== undefined &&
  s.data.train.dataset !== undefined &&
  s.data.test.dataset !== undefined;

export function RunPanel() {
  const { t } = useTranslation();
  const running = useSession(runningOf);
  const phase = useSession(phaseOf);
  const ready = useSession(allLoaded);
  const idle = t(ready ? 'run.ready' : 'run.nothing');
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
      {running && <Progress progress={phase} />}
      {running && <RunFacts stage={running} progress={phase} />}
    </section>
  );
}

function Progress({ progress }: { readonly progress: PhaseProgress | undefined }) {
  const { t } = useTranslation();
  const known = progress !== undefined && progress.total > 0;
  return (
    <div className="progress">
      <progress aria-label={t('run.progress')} {...(known ? { value: progress.done, max: progress.total } : {})} />
      <span className="progress-count">{known ? `${progress.done}/${progress.total}` : ''}</span>
    </div>
  );
}
