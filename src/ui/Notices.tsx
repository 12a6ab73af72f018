/** What went wrong, in sentences, always in sight until dismissed. */
import { useTranslation } from 'react-i18next';
import { isAboutRoom, type Session } from '../store';
import { describeNotice } from './i18n/describe';
import { Icon } from './shared/Icon';
import { useSession, useStudio } from './studioContext';

const noticesOf = (s: Session) => s.notices;
const dismissOf = (s: Session) => s.dismiss;
const lostOf = (s: Session) => s.lost;
const showRoomOf = (s: Session) => s.showRoom;
const busyOf = (s: Session) => s.running !== undefined || s.runningAll;
const recoveryOf = (s: Session) => s.recovery;

export function Notices() {
  const { t } = useTranslation();
  const studio = useStudio();
  const notices = useSession(noticesOf);
  const dismiss = useSession(dismissOf);
  const lost = useSession(lostOf);
  const recovery = useSession(recoveryOf);
  const showRoom = useSession(showRoomOf);
  const busy = useSession(busyOf);
  return (
    <div className="notices" role="alert" aria-label={t('notice.region')}>
      {recovery && (
        <p className="notice" data-testid="recovery" data-phase={recovery.phase}>
          <Icon name="warning" />
          {t(`recovery.${recovery.phase}`, { stage: t(`stage.${recovery.stage}`) })}
        </p>
      )}
      {notices.length > 0 && (
        <ul data-testid="notice">
          {notices.map((notice, i) => (
            <li key={notice.id} className="notice" data-code={notice.failure.code}>
              <Icon name="warning" />
              <p>{describeNotice(t, notice)}</p>
              {lost && !recovery && i === notices.length - 1 && (
                <button type="button" data-testid="restart" onClick={() => studio.restart()}>
                  {t('notice.restart')}
                </button>
              )}
              {notice.checkpoint && (
                <button
                  type="button"
                  data-testid="go-on-there"
                  disabled={busy}
                  onClick={() => studio.openCheckpoint(notice.checkpoint!)}
                >
                  {t('notice.goOn')}
                </button>
              )}
              {isAboutRoom(notice.failure.code) && (
                <button type="button" data-testid="show-room" onClick={() => showRoom(true)}>
                  {t('room.open')}
                </button>
              )}
              <button
                type="button"
                className="quiet icon"
                aria-label={t('notice.dismiss')}
                onClick={() => dismiss(notice.id)}
              >
                <Icon name="cross" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
