/** A training that was interrupted or stopped: from its newest checkpoint on, as if it had not been. */
import { Button } from '@base-ui/react/button';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { awaited, leftOut, mergeFirst, missing, resumable, type Session, type Stage } from '../../store';
import { Icon } from '../shared/Icon';
import { useSession, useStudio } from '../studioContext';

const waitsOf = (s: Session) => awaited(s)?.code;
const busyOf = (s: Session) => s.running !== undefined;

/** What cannot be made again by itself. */
const lacking = (s: Session, stage: Stage) => {
  const [merge] = mergeFirst(s, stage);
  return merge ? missing(s, merge) : missing(s, stage);
};

export function GoOn({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const about = useId();
  const found = useSession((s) => resumable(s, stage));
  const skip = useSession((s) => found && leftOut(s, found));
  const merges = useSession((s) => mergeFirst(s, stage).length > 0);
  const lacks = useSession(useShallow((s) => lacking(s, stage)));
  const waits = useSession(waitsOf);
  const busy = useSession(busyOf);
  // Nothing was wrong with its numbers.
  const interrupted = useSession((s) => s.stages[stage].state === 'interrupted');
  if (!found) return null;
  const { step, totalSteps: total } = found;
  const off = busy || lacks.length > 0 || waits !== undefined;
  return (
    <div className="go-on">
      <Button
        className="primary"
        data-testid={`go-on-${stage}`}
        data-step={step}
        aria-describedby={about}
        title={waits && t(`error.${waits}`)}
        disabled={off}
        onClick={() => studio.goOn(stage)}
      >
        <Icon name="play" />
        {t(step < total ? 'checkpoint.goOn' : 'checkpoint.finish', { step, total })}
      </Button>
      {step < total && !interrupted && (
        <p className="go-on-other">
          <button
            type="button"
            className="link small"
            data-testid={`skip-${stage}`}
            disabled={off}
            onClick={() => studio.goOn(stage, { skip })}
          >
            {t('checkpoint.skip', { step: skip })}
          </button>
          <button
            type="button"
            className="link small"
            data-testid={`half-${stage}`}
            disabled={off}
            onClick={() => studio.goOn(stage, { rate: 0.5 })}
          >
            {t('checkpoint.half')}
          </button>
        </p>
      )}
      <p className="hint" id={about}>
        {lacks.length > 0
          ? t('stage.needs', { needs: lacks.map((need) => t(`need.${need}`)).join(t('need.join')) })
          : t(merges ? 'checkpoint.mergesFirst' : 'checkpoint.exact')}
      </p>
    </div>
  );
}
