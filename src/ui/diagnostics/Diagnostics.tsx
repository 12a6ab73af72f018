/** The adapter, what it can do, and which matmul kernels compute on it; all of it can be copied. */
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { type AdapterFacts, type KernelReport, matmulKernels, type Session } from '../../store';
import type { Translate } from '../i18n';
import { CopyButton } from '../shared/CopyButton';
import { useSession, useStudio } from '../studioContext';
import { KernelTimes } from './KernelTimes';
import { choosable } from './kernelNames';
import { MatrixUnits } from './MatrixUnits';

const factsNow = (s: Session) => (s.gpu.state === 'open' ? s.gpu.facts : undefined);
const kernelsOf = (s: Session) => s.kernels;
const runningOf = (s: Session) => s.running !== undefined || s.runningAll;

export function Diagnostics() {
  const facts = useSession(factsNow);
  // One that was opened again in place of a lost one is looked at anew.
  return facts && <Panel key={facts.description} facts={facts} />;
}

function Panel({ facts }: { readonly facts: AdapterFacts }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const { report } = useSession(kernelsOf);
  const running = useSession(runningOf);
  // The engine says it between stages only; models loaded later are in the next look.
  useEffect(() => {
    if (!running) studio.kernels();
  }, [running, studio]);
  return (
    <section className="panel" aria-labelledby="diagnostics-title" data-testid="diagnostics">
      <h2 id="diagnostics-title">{t('diagnostics.title')}</h2>
      <div className="diagnostics">
        <dl className="diagnostic-facts">
          {factsOf(t, facts).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <KernelChoice software={facts.software} />
        <MatricesWish state={facts.matrices} />
        {report && report.timings.length > 0 && <KernelTimes report={report} />}
        <CopyButton text={() => asText(facts, report)} testId="copy-diagnostics" />
      </div>
    </section>
  );
}

/** Of those that kernels could use; the copied report has all. */
const useful = /f16|subgroup|timestamp-query$/;

function factsOf(t: Translate, { vendor, architecture, description, features, limits, matrices }: AdapterFacts) {
  return [
    [t('diagnostics.adapter'), [vendor, architecture, description].filter(Boolean).join(' · ')],
    [t('diagnostics.features'), features.filter((name) => useful.test(name)).join(', ') || '–'],
    [t('diagnostics.matrices'), t(`matrices.${matrices}`)],
    ...Object.entries(limits).map(([name, value]) => [name, value.toLocaleString('en')]),
  ] as const;
}

function KernelChoice({ software }: { readonly software: boolean }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const { report, busy } = useSession(kernelsOf);
  const running = useSession(runningOf);
  const forced = report?.forced ?? 'automatic';
  return (
    <div className="kernel-choice">
      <label htmlFor="kernels">{t('diagnostics.kernels')}</label>
      <select
        id="kernels"
        data-testid="kernels"
        value={forced}
        disabled={busy || running || !report}
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
        disabled={busy || running || !report}
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
  const { report, busy } = useSession(kernelsOf);
  const running = useSession(runningOf);
  const disabled = busy || running || !report;
  const onWish = (matrices: boolean) => studio.kernels({ matrices });
  return <MatrixUnits state={state} wished={report?.matrices} disabled={disabled} onWish={onWish} />;
}

function asText(facts: AdapterFacts, report: KernelReport | undefined): string {
  return JSON.stringify({ userAgent: navigator.userAgent, adapter: facts, kernels: report }, null, 2);
}
