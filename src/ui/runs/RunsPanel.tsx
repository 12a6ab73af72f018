/** Runs that are kept in the browser: look at them, compare them, take them home, delete them. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { bytes } from '../i18n/format';
import { droppedFolder } from '../models/folders';
import { useSession, useStudio } from '../studioContext';
import { CompareRuns } from './CompareRuns';
import { KeptCheckpoints } from './KeptCheckpoints';
import { OpenRun, useOpenRun } from './OpenRun';
import { RunDialog } from './RunDialog';
import { RunItem } from './RunItem';

const runsOf = (s: Session) => s.runs;
const showRoomOf = (s: Session) => s.showRoom;

export function RunsPanel() {
  const { t } = useTranslation();
  const studio = useStudio();
  const showRoom = useSession(showRoomOf);
  const { state, list, unreadable, used } = useSession(runsOf);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<string>();
  const opening = useOpenRun();
  const chosen = list.filter(({ id }) => ticked.has(id));
  const ids = chosen.map(({ id }) => id).join();
  useEffect(() => {
    studio.overlayRuns(ids === '' ? [] : ids.split(','));
  }, [studio, ids]);
  return (
    // The same can be done with the button inside: dropping is a shortcut for the mouse.
    <section
      className="panel runs"
      id="runs"
      aria-labelledby="runs-title"
      data-testid="runs"
      data-runs={list.length}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        opening.open(Promise.resolve(droppedFolder(event.dataTransfer)));
      }}
    >
      <div className="panel-head">
        <h2 id="runs-title" tabIndex={-1}>
          {t('runs.title')}
        </h2>
        {used && (
          <p className="hint" data-testid="runs-used">
            {t('runs.used', { used: bytes(used.bytes), most: bytes(used.most) })}{' '}
            <button type="button" className="link small" data-testid="open-room" onClick={() => showRoom(true)}>
              {t('room.open')}
            </button>
          </p>
        )}
      </div>
      <p className="hint">{t(state === 'unavailable' ? 'runs.unavailable' : 'runs.about')}</p>
      {state !== 'opening' && <OpenRun opening={opening} />}
      {unreadable > 0 && <p className="hint warn">{t('runs.unreadable', { count: unreadable })}</p>}
      {list.length === 0 && state !== 'unavailable' && <p className="empty">{t('runs.empty')}</p>}
      {list.length > 0 && (
        <ul className="run-list" aria-label={t('runs.list')}>
          {list.map((run) => (
            <RunItem
              key={run.id}
              run={run}
              ticked={ticked.has(run.id)}
              tick={() => setTicked(ticked.has(run.id) ? without(ticked, run.id) : new Set([...ticked, run.id]))}
              open={() => setOpen(run.id)}
            />
          ))}
        </ul>
      )}
      {list.length > 1 && <CompareRuns runs={chosen} />}
      <KeptCheckpoints />
      <RunDialog id={open} close={() => setOpen(undefined)} />
    </section>
  );
}

function without(ids: ReadonlySet<string>, gone: string): ReadonlySet<string> {
  return new Set([...ids].filter((id) => id !== gone));
}
