/** The page from top to bottom. */
import { useTranslation } from 'react-i18next';
import type { Session, Studio } from '../store';
import { AccuracyChart } from './charts/AccuracyChart';
import { LossChart } from './charts/LossChart';
import { DataPanel } from './data/DataPanel';
import { Diagnostics } from './diagnostics/Diagnostics';
import { Header } from './Header';
import { useLeaveWarning } from './leaveWarning';
import { MemoryPanel } from './memory/MemoryPanel';
import { ModelsPanel } from './models/ModelsPanel';
import { NoGpu } from './NoGpu';
import { Notices } from './Notices';
import { Pipeline } from './pipeline/Pipeline';
import { RunPanel } from './pipeline/RunPanel';
import { AccuracyPanel } from './results/Accuracies';
import { Compare } from './results/Compare';
import { EvaluationLog } from './results/EvaluationLog';
import { MergePanel } from './results/MergePanel';
import { RunsPanel } from './runs/RunsPanel';
import { SettingsPanel } from './settings/SettingsPanel';
import { StudioProvider, useSession } from './studioContext';

export function App({ studio }: { readonly studio: Studio }) {
  return (
    <StudioProvider value={studio}>
      <Page />
    </StudioProvider>
  );
}

const untouched = (s: Session) => Object.values(s.stages).every((stage) => stage.state === 'idle');

function Page() {
  const { t } = useTranslation();
  const showIntro = useSession(untouched);
  useLeaveWarning();
  return (
    <>
      <a className="skip" href="#pipeline">
        {t('app.skip')}
      </a>
      <Header />
      <Notices />
      <main>
        <NoGpu />
        {showIntro && <p className="intro">{t('app.intro')}</p>}
        <Pipeline />
        <div className="columns">
          <div className="live">
            <RunPanel />
            <div className="charts">
              <LossChart />
              <AccuracyChart />
            </div>
            <AccuracyPanel />
            <MergePanel />
            <MemoryPanel />
          </div>
          <aside className="setup">
            <DataPanel />
            <ModelsPanel />
          </aside>
        </div>
        <SettingsPanel />
        <Compare />
        <EvaluationLog />
        <RunsPanel />
        <Diagnostics />
      </main>
      <footer className="footer">{t('app.privacy')}</footer>
    </>
  );
}
