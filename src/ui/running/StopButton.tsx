/** Stop, after a dialog that says what is kept and what is not. The stage goes on until it is answered. */
import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useTranslation } from 'react-i18next';
import { isTrainingStage, type Session, type Stage } from '../../store';
import { Icon } from '../shared/Icon';
import { useSeries, useSession, useStudio } from '../studioContext';

const askedOf = (s: Session) => s.asked;

export function StopButton({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const stopping = useSession(askedOf) === 'stop';
  return (
    <AlertDialog.Root onOpenChange={(open, change) => open && stopping && change.cancel()}>
      {/* Not switched off: the focus comes back to it. */}
      <AlertDialog.Trigger data-testid="stop" aria-disabled={stopping}>
        <Icon name="stop" />
        {t(stopping ? 'run.stopping' : 'run.stop')}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog" data-testid="stop-dialog">
          <AlertDialog.Title>{t('stop.title', { stage: t(`stage.${stage}`) })}</AlertDialog.Title>
          <AlertDialog.Description render={<div />}>
            <Kept stage={stage} />
          </AlertDialog.Description>
          <div className="actions">
            <AlertDialog.Close className="primary" data-testid="stop-confirm" onClick={studio.stop}>
              {t('run.stop')}
            </AlertDialog.Close>
            <AlertDialog.Close data-testid="stop-cancel">{t('stop.goOn')}</AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

const allOf = (s: Session) => s.runningAll;

function Kept({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const all = useSession(allOf);
  const { recent } = useSeries();
  const last = isTrainingStage(stage) ? recent.at(-1) : undefined;
  return (
    <ul className="changes">
      <li>
        {last
          ? t('stop.keptSteps', { step: last.step, total: last.totalSteps })
          : t(isTrainingStage(stage) ? 'stop.noStep' : stage === 'merge' ? 'stop.merge' : 'stop.measured')}
      </li>
      {last && <li>{t('stop.resumes')}</li>}
      {all && <li>{t('stop.all')}</li>}
    </ul>
  );
}
