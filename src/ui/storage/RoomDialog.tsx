/** What takes room in the browser's storage: seen at once, deleted one by one; and whether the browser promises to keep it. */
import { Dialog } from '@base-ui/react/dialog';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { roomOf, type Session, type Studio, type Taken } from '../../store';
import { bytes } from '../i18n/format';
import { DialogHead } from '../shared/DialogHead';
import { useSession, useStudio } from '../studioContext';

const shownOf = (s: Session) => s.roomShown;
const showOf = (s: Session) => s.showRoom;
const usedOf = (s: Session) => s.runs.used;
const factsOf = ({ hub, exports, checkpoints, runs, running, stages, models }: Session) => ({
  ...{ hub, exports, checkpoints, runs, running, stages, models },
});
const persistedOf = (s: Session) => s.runs.persisted;
const runningOf = (s: Session) => s.running !== undefined && s.stages[s.running].state === 'running';

export default function RoomDialog() {
  const { t } = useTranslation();
  const studio = useStudio();
  const shown = useSession(shownOf);
  const show = useSession(showOf);
  const used = useSession(usedOf);
  const taken = roomOf(useSession(useShallow(factsOf)));
  useEffect(() => {
    if (shown) look(studio);
  }, [shown, studio]);
  return (
    <Dialog.Root open={shown} onOpenChange={show}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="run-dialog room-dialog" data-testid="room">
          <DialogHead title={t('room.title')} />
          {used && <p>{t('runs.used', { used: bytes(used.bytes), most: bytes(used.most) })}</p>}
          <Promised />
          <Pause />
          {taken.length === 0 && <p className="empty">{t('room.nothing')}</p>}
          <ul className="checkpoint-list">
            {taken.map((one) => (
              <Item key={`${one.kind} ${one.key}`} taken={one} />
            ))}
          </ul>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

async function look(studio: Studio): Promise<void> {
  await Promise.all([studio.listStored(), studio.listExports(), studio.listCheckpoints(), studio.listRuns()]);
}

/** Browsers clear away what they have not promised to keep when the disk is full; some ask the person first. */
function Promised() {
  const { t } = useTranslation();
  const studio = useStudio();
  const persisted = useSession(persistedOf);
  if (persisted === undefined) return null;
  if (persisted) return <p className="hint">{t('room.promised')}</p>;
  return (
    <p className="hint">
      {t('room.notPromised')}{' '}
      <button type="button" className="link small" data-testid="ask-persist" onClick={() => studio.askToKeep()}>
        {t('room.ask')}
      </button>
    </p>
  );
}

/** While a training cannot be kept, it may wait until there is room. */
function Pause() {
  const { t } = useTranslation();
  const studio = useStudio();
  if (!useSession(runningOf)) return null;
  return (
    <p className="hint">
      {t('room.running')}{' '}
      <button type="button" className="link small" data-testid="room-pause" onClick={studio.pause}>
        {t('run.pause')}
      </button>
    </p>
  );
}

function Item({ taken: { kind, key, name: given, at, bytes: size, needed } }: { readonly taken: Taken }) {
  const { t } = useTranslation();
  const name = at
    ? t('checkpoint.name', { stage: t(`stage.${at.stage}`), step: at.step, total: at.totalSteps })
    : given;
  const studio = useStudio();
  const remove = async (): Promise<void> => {
    if (!window.confirm(t('room.sure', { name }))) return;
    await removers[kind](studio, key);
    await look(studio);
  };
  return (
    <li data-testid="room-item" data-kind={kind}>
      <span>{name}</span>
      <span className="hint">
        {t(`room.kind.${kind}`)} · {bytes(size)}
      </span>
      <button
        type="button"
        className="link small"
        data-testid="room-delete"
        disabled={needed}
        title={needed ? t('room.needed') : undefined}
        aria-label={t('checkpoint.deleteName', { name })}
        onClick={remove}
      >
        {t('checkpoint.delete')}
      </button>
    </li>
  );
}

const removers: Readonly<Record<Taken['kind'], (studio: Studio, key: string) => Promise<void>>> = {
  model: (studio, key) => studio.deleteStored(key),
  checkpoint: (studio, key) => studio.deleteCheckpoint(key),
  run: (studio, key) => studio.deleteRun(key),
  export: async (studio, key) => {
    const found = studio.session.getState().exports?.find(({ name, where }) => name === key && where === 'browser');
    if (found) await studio.deleteExport(found);
  },
};
