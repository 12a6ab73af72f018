/** Before a stage starts: its steps, how long it will take, and what it will hold of the card's memory. */
import { useTranslation } from 'react-i18next';
import { forecast, type Stage, stepsOf } from '../../store';
import { duration, whole } from '../i18n/format';
import { size } from '../memory/size';
import { useSession } from '../studioContext';

export function StageForecast({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const steps = useSession((s) => stepsOf(s, stage));
  const time = useSession((s) => forecast(s, stage));
  const plan = useSession((s) => s.memory.plan?.[stage]);
  return (
    <p className="forecast" data-testid={`forecast-${stage}`}>
      {steps > 0 && <span>{t('forecast.steps', { count: steps, steps: whole(steps) })}</span>}
      <span>{time === undefined ? t('forecast.unknown') : t('forecast.time', { time: duration(time) })}</span>
      {plan && <span>{t('forecast.memory', { bytes: size(plan) })}</span>}
    </p>
  );
}
