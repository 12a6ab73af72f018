/** Run all, pause, resume, stop: only the buttons that do something now. */
import { useTranslation } from 'react-i18next';
import { missing, type Session, type Stage, stagesOf } from '../../store';
import { useConfirmMemory } from '../confirmMemory';
import { StopButton } from '../running/StopButton';
import { Icon } from '../shared/Icon';
import { useSession, useStudio } from '../studioContext';

const runningOf = (s: Session) => s.running;
const askedOf = (s: Session) => s.asked;
const pausedOf = (s: Session) => s.running !== undefined && s.stages[s.running].state === 'paused';
const includeControlOf = (s: Session) => s.includeControl;
const setIncludeControlOf = (s: Session) => s.setIncludeControl;
const measuringOf = (s: Session) => s.kernels.busy;
const readyOf = (s: Session) => missing(s, 'baseline').length === 0;
const isDone = (s: Session) => (stage: Stage) => s.stages[stage].state === 'done';
const begunOf = (s: Session) => stagesOf(s.recipe).some(isDone(s));
const doneOf = (s: Session) => stagesOf(s.recipe).every(isDone(s));

export function RunAll() {
  const running = useSession(runningOf);
  return <div className="actions">{running ? <Running stage={running} /> : <Start />}</div>;
}

function Start() {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmMemory = useConfirmMemory();
  const ready = useSession(readyOf);
  const measuring = useSession(measuringOf);
  const begun = useSession(begunOf);
  const done = useSession(doneOf);
  const includeControl = useSession(includeControlOf);
  const setIncludeControl = useSession(setIncludeControlOf);
  const again = done ? 'pipeline.againAll' : 'pipeline.continueAll';
  return (
    <>
      <label className="check">
        <input
          type="checkbox"
          data-testid="include-control"
          checked={includeControl}
          onChange={(event) => setIncludeControl(event.target.checked)}
        />
        {t('pipeline.includeControl')}
      </label>
      <button
        type="button"
        className="primary"
        data-testid="run-all"
        title={measuring ? t('error.measuring') : undefined}
        disabled={!ready || measuring}
        onClick={() => confirmMemory() && studio.runAll()}
      >
        <Icon name="play" />
        {t(begun ? again : 'pipeline.runAll')}
      </button>
    </>
  );
}

function Running({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const asked = useSession(askedOf);
  const paused = useSession(pausedOf);
  const waiting = asked !== 'nothing';
  return (
    <>
      {paused ? (
        <button type="button" className="primary" data-testid="resume" disabled={waiting} onClick={studio.resume}>
          <Icon name="play" />
          {t(asked === 'resume' ? 'run.resuming' : 'run.resume')}
        </button>
      ) : (
        <button type="button" data-testid="pause" disabled={waiting} onClick={studio.pause}>
          <Icon name="pause" />
          {t(asked === 'pause' ? 'run.pausing' : 'run.pause')}
        </button>
      )}
      <StopButton stage={stage} />
    </>
  );
}
