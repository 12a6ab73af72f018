/** The six stations: one tab each with how far it is, the open one's panel, and the results beside it all the while. */
import { Tabs } from '@base-ui/react/tabs';
import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { type Session, type Station, stagesAt, stations } from '../../store';
import { DataPanel } from '../data/DataPanel';
import { MemoryPanel } from '../memory/MemoryPanel';
import { ModelsPanel } from '../models/ModelsPanel';
import { StageCard } from '../pipeline/StageCard';
import { MergePanel } from '../results/MergePanel';
import { StationSettings } from '../settings/StationSettings';
import { useOnceOpened } from '../shared/opened';
import { useSession } from '../studioContext';
import { useStationMemory } from './memory';
import { StationTab } from './StationTab';

// What is taken home is made late in a visit, if at all.
const TakeHome = lazy(async () => ({ default: (await import('../takeHome/TakeHome')).TakeHome }));

const stationNow = (s: Session) => s.station;
const openOf = (s: Session) => s.openStation;

/** `head` stands above the tabs, `results` beside the open station. */
export function Stations({ head, results }: { readonly head: ReactNode; readonly results: ReactNode }) {
  const { t } = useTranslation();
  const station = useSession(stationNow);
  const open = useSession(openOf);
  useStationMemory();
  return (
    <Tabs.Root className="studio" value={station} onValueChange={(next: Station) => open(next)}>
      <section className="pipeline" id="pipeline" aria-labelledby="pipeline-title">
        {head}
        <Tabs.List className="stations" aria-labelledby="pipeline-title">
          {stations.map((name, i) => (
            <StationTab key={name} station={name} number={i + 1} />
          ))}
        </Tabs.List>
      </section>
      <div className="columns">
        <div className="setup">
          {stations.map((name) => (
            // What is typed or scrolled in a station stays while another one is looked at.
            <Tabs.Panel key={name} value={name} keepMounted className="station" data-testid={`at-${name}`}>
              <p className="does">{t(`station.${name}.does`)}</p>
              {parts[name]}
              {stagesAt[name].map((stage) => (
                <StageCard key={stage} stage={stage} />
              ))}
              {name === 'merge' && <MergePanel />}
              <StationSettings station={name} />
            </Tabs.Panel>
          ))}
        </div>
        {results}
      </div>
    </Tabs.Root>
  );
}

function TakeHomeOnce() {
  const opened = useOnceOpened(useSession((s) => s.station === 'takeHome'));
  return (
    opened && (
      <Suspense>
        <TakeHome />
      </Suspense>
    )
  );
}

const parts: Readonly<Partial<Record<Station, ReactNode>>> = {
  data: <DataPanel />,
  models: (
    <>
      <ModelsPanel />
      <MemoryPanel />
    </>
  ),
  takeHome: <TakeHomeOnce />,
};
