/** Run all, pause, resume, stop: only the buttons that do something now. */
import { Button } from '@base-ui/react/button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { awaited, missing, remaining, type Session, type Stage, stagesOf } from '../../store';
import { useConfirmMemory } from '../confirmMemory';
import { StopButton } from '../running/StopButton';
import { Icon } from '../shared/Icon';
import { useSession, useStudio } from '../studioContext';

const runningOf = (s: Session) => s.running;
const askedOf = (s: Session) => s.asked;
const pausedOf = (s: Session) => s.running !== undefined && s.stages[s.running].state === 'paused';
const includeControlOf = (s: Session) => s.includeControl;
const setIncludeControlOf = (s: Session) => s.setIncludeControl;
const waitsOf = (s: Session) => awaited(s)?.code;
const readyOf = (s: Session) => missing(s, 'baseline').length === 0;
const isDone = (s: Session) => (stage: Stage) => s.stages[stage].state === 'done';
const begunOf = (s: Session) => stagesOf(s.recipe).some(isDone(s));
/** Nothing of what would run is open: all of it would be made again. */
const doneOf = (s: Session) => remaining(s).every(isDone(s));
const runningAllOf = (s: Session) => s.runningAll;

export function RunAll() {
  const running = useSession(runningOf);
  const all = useSession(runningAllOf);
  // Between two stages of all of them none runs: what is open, a dialog too, stays.
  const [last, setLast] = useState<Stage>();
  if (running && running !== last) setLast(running);
  const shown = running ?? (all ? last : undefined);
  return <div className="actions">{shown ? <Running stage={shown} /> : <Start />}</div>;
}

function Start() {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmMemory = useConfirmMemory();
  const ready = useSession(readyOf);
  const waits = useSession(waitsOf);
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
        title={waits && t(`error.${waits}`)}
        disabled={!ready || waits !== undefined}
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
  // The same button resumes what it paused: it keeps the focus while it waits.
  const still = { disabled: asked !== 'nothing', focusableWhenDisabled: true };
  return (
    <>
      {paused ? (
        <Button className="primary" data-testid="resume" onClick={studio.resume} {...still}>
          <Icon name="play" />
          {t(asked === 'resume' ? 'run.resuming' : 'run.resume')}
        </Button>
      ) : (
        <Button data-testid="pause" onClick={studio.pause} {...still}>
          <Icon name="pause" />
          {t(asked === 'pause' ? 'run.pausing' : 'run.pause')}
        </Button>
      )}
      <StopButton stage={stage} />
    </>
  );
}
