/** The adapter and the browser, what they lack, which kernels compute and whether they are right; all of it can be copied. */
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { type AdapterFacts, matmulKernels, type Session } from '../../store';
import { CopyButton } from '../shared/CopyButton';
import { useSession, useStudio } from '../studioContext';
import { useBrowser } from './browser';
import { adapterFacts, browserFacts, chosenKernels, type Fact } from './facts';
import { KernelTimes } from './KernelTimes';
import { choosable } from './kernelNames';
import { Lacks } from './Lacks';
import { lacksOf } from './lacks';
import { MatrixUnits } from './MatrixUnits';
import { reportText } from './report';
import { SelfTest } from './SelfTest';
import { StageMemory } from './StageMemory';

const factsNow = (s: Session) => (s.gpu.state === 'open' ? s.gpu.facts : undefined);
const kernelsOf = (s: Session) => s.kernels;
const memoryOf = (s: Session) => s.memory;
const runningOf = (s: Session) => s.running !== undefined || s.runningAll;
const testingOf = (s: Session) => s.selfTest.running;

export function Diagnostics() {
  const facts = useSession(factsNow);
  // One that was opened again in place of a lost one is looked at anew.
  return facts ? <Panel key={facts.description} facts={facts} /> : <WithoutCard />;
}

const failureOf = (s: Session) => (s.gpu.state === 'none' ? s.gpu.failure : undefined);

/** What can be said of the browser alone: most wanted where there is no card. */
function WithoutCard() {
  const { t } = useTranslation();
  const browser = useBrowser();
  const failure = useSession(failureOf);
  const text = () => JSON.stringify({ problem: failure?.code ?? 'opening', browser }, null, 2);
  return (
    <section className="panel" aria-labelledby="diagnostics-title" data-testid="diagnostics">
      <h2 id="diagnostics-title">{t('diagnostics.title')}</h2>
      <div className="diagnostics">
        <p>{t(failure ? 'gpu.none' : 'gpu.opening')}</p>
        {browser && <Facts facts={browserFacts(t, browser)} />}
        {failure && <CopyButton text={text} testId="copy-diagnostics" />}
      </div>
    </section>
  );
}

function Panel({ facts }: { readonly facts: AdapterFacts }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const browser = useBrowser();
  const { report } = useSession(kernelsOf);
  const memory = useSession(memoryOf);
  const running = useSession(runningOf);
  // The engine says it between stages only; models loaded later are in the next look.
  useEffect(() => {
    if (!running) studio.kernels();
  }, [running, studio]);
  const text = () => reportText(t, facts, browser, studio.session.getState(), new Date());
  return (
    <section className="panel" aria-labelledby="diagnostics-title" data-testid="diagnostics">
      <h2 id="diagnostics-title">{t('diagnostics.title')}</h2>
      <div className="diagnostics">
        <div className="diagnostics-copy">
          <p className="hint">{t('report.what')}</p>
          <CopyButton text={text} testId="copy-diagnostics" />
        </div>
        {browser && <Lacks lacks={lacksOf(browser, facts)} />}
        <SelfTest software={facts.software} />
        <Facts facts={[...adapterFacts(t, facts, false), ...(browser ? browserFacts(t, browser) : [])]} />
        <StageMemory memory={memory} />
        <section className="kernels" aria-labelledby="kernels-title">
          <h3 id="kernels-title">{t('diagnostics.computing')}</h3>
          {report && <p className="chosen-kernels">{chosenKernels(t, report)}</p>}
          <KernelChoice software={facts.software} />
          <MatricesWish state={facts.matrices} />
          {report && report.timings.length > 0 && <KernelTimes report={report} />}
        </section>
      </div>
    </section>
  );
}

function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="facts-title">
      <h3 id="facts-title">{t('diagnostics.facts')}</h3>
      <dl className="diagnostic-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function KernelChoice({ software }: { readonly software: boolean }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const { report, busy } = useSession(kernelsOf);
  const blocked = useBlocked();
  const forced = report?.forced ?? 'automatic';
  return (
    <div className="kernel-choice">
      <label htmlFor="kernels">{t('diagnostics.kernels')}</label>
      <select
        id="kernels"
        data-testid="kernels"
        value={forced}
        disabled={blocked}
        onChange={(event) => studio.kernels({ force: matmulKernels.find((name) => name === event.target.value) })}
      >
        {choosable(report).map((name) => (
          <option key={name} value={name}>
            {t(`kernels.${name}`)}
          </option>
        ))}
      </select>
      <button
        type="button"
        data-testid="measure-kernels"
        disabled={blocked}
        onClick={() => studio.kernels({ measure: true })}
      >
        {t(busy ? 'diagnostics.measuring' : 'diagnostics.measure')}
      </button>
      <p className="hint">
        {t('diagnostics.kernelsHint')} {software && t('diagnostics.kernelsSoftware')}
      </p>
    </div>
  );
}

function MatricesWish({ state }: { readonly state: AdapterFacts['matrices'] }) {
  const studio = useStudio();
  const { report } = useSession(kernelsOf);
  const blocked = useBlocked();
  const onWish = (matrices: boolean) => studio.kernels({ matrices });
  return <MatrixUnits state={state} wished={report?.matrices} disabled={blocked} onWish={onWish} />;
}

/** Whether the kernels cannot be changed now. */
function useBlocked(): boolean {
  const { report, busy } = useSession(kernelsOf);
  const running = useSession(runningOf);
  const testing = useSession(testingOf);
  return busy || running || testing || !report;
}
