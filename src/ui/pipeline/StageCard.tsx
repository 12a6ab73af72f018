/** One stage: its state, what it needs or what came out, and its one button. */
import { Button } from '@base-ui/react/button';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { awaited, misfit, missing, type Session, type Stage, shownState } from '../../store';
import { useConfirmMemory } from '../confirmMemory';
import { MemoryWarning } from '../memory/MemoryWarning';
import { SaveResults } from '../saving/SaveResults';
import { Icon } from '../shared/Icon';
import { useSession, useStudio } from '../studioContext';
import { GoOn } from './GoOn';
import { StageForecast } from './StageForecast';
import { StageResult } from './StageResult';
import { stateIcons } from './stateIcons';

const runningOf = (s: Session) => s.running;
const waitsOf = (s: Session) => awaited(s)?.code;

export function StageCard({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const running = useSession(runningOf);
  const waits = useSession(waitsOf);
  const state = useSession((s) => shownState(s, stage));
  const fits = useSession((s) => misfit(s, stage) === undefined);
  const confirmMemory = useConfirmMemory();
  const needs = useSession(useShallow((s) => missing(s, stage)));
  const name = t(`stage.${stage}`);
  const fresh = state === 'idle' || state === 'blocked';
  const notHeld = state === 'past' || state === 'interrupted';
  const needsId = `needs-${stage}`;
  return (
    <section
      className="panel stage"
      aria-labelledby={`name-${stage}`}
      data-testid={`stage-${stage}`}
      data-state={state}
      data-stage={stage}
    >
      <div className="stage-head">
        <h2 id={`name-${stage}`}>{name}</h2>
        <span className="state">
          <Icon name={stateIcons[state]} />
          {t(`stage.state.${state}`)}
        </span>
      </div>
      <p className="does">{t(`stage.${stage}.does`)}</p>
      <div className="stage-body" id={needsId}>
        {(fresh || notHeld) && needs.length > 0 && (
          <p className="needs">
            {t('stage.needs', { needs: needs.map((need) => t(`need.${need}`)).join(t('need.join')) })}
          </p>
        )}
        {fresh ? <SaveResults stage={stage} /> : <StageResult stage={stage} />}
        {running !== stage && <StageForecast stage={stage} />}
        {!fits && <MemoryWarning stage={stage} />}
      </div>
      <GoOn stage={stage} />
      <Button
        data-testid={`run-${stage}`}
        aria-label={t(fresh ? 'stage.run' : 'stage.again', { stage: name })}
        aria-describedby={needsId}
        title={waits && t(`error.${waits}`)}
        disabled={needs.length > 0 || running === stage || waits !== undefined}
        focusableWhenDisabled={running === stage}
        onClick={() => confirmMemory(stage) && studio.run(stage)}
      >
        {t(fresh || running === stage ? 'stage.runShort' : 'stage.againShort')}
      </Button>
    </section>
  );
}
