/** A page that is loaded again opens at the station that was open. */
import { useLayoutEffect } from 'react';
import { type Session, stations } from '../../store';
import { recall, remember } from '../shared/remember';
import { useSession } from '../studioContext';

const key = 'distillery.station';
const stationNow = (s: Session) => s.station;
const openOf = (s: Session) => s.openStation;

export function useStationMemory(): void {
  const station = useSession(stationNow);
  const open = useSession(openOf);
  useLayoutEffect(() => {
    const last = stations.find((name) => name === recall(key));
    if (last) open(last);
  }, [open]);
  useLayoutEffect(() => remember(key, station), [station]);
}
