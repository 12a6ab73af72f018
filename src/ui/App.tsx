/** The page from top to bottom. */
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session, Studio } from '../store';
import { Charts } from './charts/Charts';
import { Closer } from './closer/Closer';
import { useFocusKept } from './focus/focusKept';
import { Header } from './Header';
import { useLeaveWarning } from './leaveWarning';
import { NoGpu } from './NoGpu';
import { Notices } from './Notices';
import { NewerVersion } from './offline/NewerVersion';
import { OfflineNote } from './offline/OfflineNote';
import { PipelineHead } from './pipeline/PipelineHead';
import { RunPanel } from './pipeline/RunPanel';
import { AccuracyPanel } from './results/Accuracies';
import { useAwake } from './running/awake';
import { useEndNotification } from './running/notification';
import { useTitle } from './running/title';
import { Stations } from './stations/Stations';
import { StudioProvider, useSession } from './studioContext';

// Below everything else: the first view need not wait for it.
const RunsPanel = lazy(async () => ({ default: (await import('./runs/RunsPanel')).RunsPanel }));

const RoomDialog = lazy(() => import('./storage/RoomDialog'));

export function App({ studio }: { readonly studio: Studio }) {
  return (
    <StudioProvider value={studio}>
      <Page />
    </StudioProvider>
  );
}

const roomShownOf = (s: Session) => s.roomShown;
const untouched = (s: Session) => Object.values(s.stages).every((stage) => stage.state === 'idle');

function Page() {
  const { t } = useTranslation();
  const showIntro = useSession(untouched);
  const roomShown = useSession(roomShownOf);
  useLeaveWarning();
  useFocusKept();
  useTitle();
  useAwake();
  useEndNotification();
  return (
    <>
      <a className="skip" href="#pipeline">
        {t('app.skip')}
      </a>
      <Header />
      <Notices />
      <NewerVersion />
      <main>
        <NoGpu />
        {showIntro && <p className="intro">{t('app.intro')}</p>}
        <Stations head={<PipelineHead />} results={<Results />} />
        <Closer />
        <Suspense>
          <RunsPanel />
        </Suspense>
      </main>
      <Suspense>{roomShown && <RoomDialog />}</Suspense>
      <footer className="footer">
        {t('app.privacy')} <OfflineNote />
      </footer>
    </>
  );
}

/** In sight whichever station is open. */
function Results() {
  const { t } = useTranslation();
  return (
    <aside className="live" aria-label={t('results.live')}>
      <RunPanel />
      <AccuracyPanel />
      <Charts />
    </aside>
  );
}
