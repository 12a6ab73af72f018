/** The figures of the running stage: refreshed with the steps, and once a second for the clock. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isTrainingStage, type Stage, type StepMetrics } from '../../store';
import { amount, duration, figure, percent, whole } from '../i18n/format';
import { useSeries, useStudio } from '../studioContext';

export function RunFacts({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const { recent } = useSeries();
  useEverySecond();
  const last = isTrainingStage(stage) ? recent.at(-1) : undefined;
  const time = studio.time();
  return (
    <dl className="facts">
      <Fact name={t('run.elapsed')} value={time ? duration(time.stage) : '–'} />
      <Fact name={t('run.timeLeft')} value={time?.left === undefined ? '–' : duration(time.left)} testId="time-left" />
      {last && (
        <>
          <Fact name={t('run.step')} value={`${last.step}/${last.totalSteps}`} testId="step" />
          <Fact name={t('run.loss')} value={figure(last.loss)} testId="loss" />
          {last.divergence !== undefined && (
            <>
              <Fact name={t('run.divergence')} value={figure(last.divergence)} />
              <Fact name={t('run.crossEntropy')} value={figure(last.crossEntropy)} />
            </>
          )}
          <Fact name={t('run.tokenAccuracy')} value={percent(last.tokenAccuracy)} />
          {last.agreement !== undefined && (
            <Fact name={t('run.agreement')} value={percent(last.agreement)} testId="agreement" />
          )}
          <Fact name={t('run.gradientNorm')} value={figure(last.gradientNorm)} />
          <Fact
            name={t('run.learningRate')}
            value={last.learningRate === 0 ? '0' : last.learningRate.toExponential(2)}
          />
          <Fact
            name={t('run.tokensPerSecond')}
            value={whole(perSecond(recent, ({ rowTokens }) => rowTokens))}
            testId="tokens-per-second"
          />
          <Fact
            name={t('run.flopsPerSecond')}
            value={`${amount(perSecond(recent, ({ work }) => work.flops))}FLOP/s`}
            testId="flops-per-second"
          />
        </>
      )}
    </dl>
  );
}

function Fact({ name, value, testId }: { readonly name: string; readonly value: string; readonly testId?: string }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd data-testid={testId}>{value}</dd>
    </div>
  );
}

function perSecond(steps: readonly StepMetrics[], of: (step: StepMetrics) => number): number {
  let sum = 0;
  let milliseconds = 0;
  for (const step of steps) {
    sum += of(step);
    milliseconds += step.milliseconds;
  }
  return milliseconds === 0 ? 0 : (sum / milliseconds) * 1000;
}

function useEverySecond(): void {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
}
