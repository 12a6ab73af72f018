/** The kernels beside their float64 twins, on the adapter at hand: start, progress, stop, and what came out. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelfTestProgress, Session } from '../../store';
import { Icon } from '../shared/Icon';
import { useSession, useStudio } from '../studioContext';
import { SelfTestTable } from './SelfTestTable';
import { kernelName, selfTestSummary } from './selfTestWords';

const selfTestOf = (s: Session) => s.selfTest;
const stageOf = (s: Session) => s.running !== undefined || s.runningAll;
const measuringOf = (s: Session) => s.kernels.busy;

export function SelfTest({ software }: { readonly software: boolean }) {
  const { t } = useTranslation();
  const { running, progress, checks, report } = useSession(selfTestOf);
  return (
    <section className="self-test" aria-labelledby="self-test-title" data-testid="self-test">
      <h3 id="self-test-title">{t('selfTest.title')}</h3>
      <p className="hint">{t('selfTest.what')}</p>
      <Controls software={software} running={running} />
      {running && <Progress progress={progress} />}
      <p role="status" data-testid="self-test-summary">
        {report && <Summary />}
      </p>
      {checks.some(({ passed }) => !passed) && <p className="self-test-update">{t('selfTest.update')}</p>}
      {checks.length > 0 && <SelfTestTable checks={checks} />}
    </section>
  );
}

function Controls({ software, running }: { readonly software: boolean; readonly running: boolean }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const stage = useSession(stageOf);
  const measuring = useSession(measuringOf);
  const [all, setAll] = useState(false);
  return (
    <div className="kernel-choice">
      {running ? (
        <button type="button" data-testid="stop-self-test" onClick={studio.stopSelfTest}>
          <Icon name="stop" />
          {t('selfTest.stop')}
        </button>
      ) : (
        <button
          type="button"
          data-testid="start-self-test"
          aria-describedby={stage ? 'self-test-waits' : undefined}
          disabled={stage || measuring}
          onClick={() => studio.selfTest(all)}
        >
          <Icon name="play" />
          {t('selfTest.start')}
        </button>
      )}
      {software && (
        <label className="check">
          <input
            type="checkbox"
            data-testid="self-test-all"
            checked={all}
            disabled={running}
            onChange={(event) => setAll(event.target.checked)}
          />
          {t('selfTest.all')}
        </label>
      )}
      {stage && (
        <p className="hint" id="self-test-waits">
          {t('error.busy-self-test')}
        </p>
      )}
    </div>
  );
}

/** Names the kernel under way, and how long it has taken when that is more than a moment: compiling one may take long. */
function Progress({ progress }: { readonly progress: SelfTestProgress | undefined }) {
  const { t } = useTranslation();
  const { done = 0, total = 1, next } = progress ?? {};
  const seconds = useSeconds(done);
  return (
    <div className="self-test-progress" data-testid="self-test-progress">
      <progress max={total} value={done} aria-label={t('selfTest.title')} />
      <p className="hint">
        {next ? t('selfTest.now', { number: done + 1, total, kernel: kernelName(t, next) }) : t('selfTest.loading')}
        {seconds > 0 && ` ${t('selfTest.seconds', { seconds })}`}
      </p>
    </div>
  );
}

/** Whole seconds since `of` changed. */
function useSeconds(of: number): number {
  const [since, setSince] = useState({ of, seconds: 0 });
  useEffect(() => {
    const timer = setInterval(() => setSince((now) => ({ of, seconds: now.of === of ? now.seconds + 1 : 1 })), 1000);
    return () => clearInterval(timer);
  }, [of]);
  return since.of === of ? since.seconds : 0;
}

function Summary() {
  const { t } = useTranslation();
  const { report } = useSession(selfTestOf);
  if (!report) return null;
  const failed = report.checks.some(({ passed }) => !passed);
  const state = failed ? 'bad' : report.stopped ? 'stopped' : 'good';
  return (
    <span className={`diagnostic-${state}`}>
      <Icon name={failed ? 'warning' : report.stopped ? 'stop' : 'check'} /> {selfTestSummary(t, report)}
    </span>
  );
}
