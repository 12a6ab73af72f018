/** What can be done with a kept run. */
import { type MouseEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRecord, Session } from '../../store';
import { focusNeighbour } from '../focus/neighbour';
import { bytes } from '../i18n/format';
import { useSession, useStudio } from '../studioContext';
import { useExport } from './useExport';

interface Props {
  readonly run: RunRecord;
  readonly current: boolean;
  readonly elsewhere: boolean;
  readonly open: () => void;
}

const runningOf = (s: Session) => s.running !== undefined || s.runningAll;

export function RunActions({ run, current, elsewhere, open }: Props) {
  const { t } = useTranslation();
  const studio = useStudio();
  const running = useSession(runningOf);
  const exporting = useExport(run);
  const [busy, setBusy] = useState(false);
  const [written, setWritten] = useState<string>();
  const { name } = run;
  const size = bytes(Object.values(run.adapters).reduce((sum, adapter) => sum + adapter.bytes, 0));
  const locked = elsewhere || (current && running);
  const zip = async (): Promise<void> => {
    setBusy(true);
    setWritten(await exporting.zip());
    setBusy(false);
  };
  const remove = ({ currentTarget }: MouseEvent): void => {
    const question = t('runs.deleteSure', { name, size });
    const sure = current ? `${question} ${t('runs.deleteCurrent')}` : question;
    if (!window.confirm(sure)) return;
    focusNeighbour(currentTarget, '[data-testid=run-open]', document.getElementById('runs-title'));
    studio.deleteRun(run.id);
  };
  return (
    <div className="actions run-actions">
      <button
        type="button"
        className="small"
        data-testid="run-open"
        aria-label={t('runs.openNamed', { name })}
        onClick={open}
      >
        {t('runs.open')}
      </button>
      <button
        type="button"
        className="small"
        data-testid="run-report"
        aria-label={t('runs.reportNamed', { name })}
        onClick={exporting.report}
      >
        {t('runs.report')}
      </button>
      <button
        type="button"
        className="small"
        data-testid="run-zip"
        aria-label={t('runs.zipNamed', { name })}
        disabled={busy}
        onClick={zip}
      >
        {t('runs.zip')}
      </button>
      <button
        type="button"
        className="link small"
        data-testid="run-delete"
        aria-label={t('runs.deleteNamed', { name })}
        disabled={locked}
        title={locked ? t('runs.running') : undefined}
        onClick={remove}
      >
        {t('runs.delete')}
      </button>
      <span className="hint">{Object.keys(run.adapters).length > 0 && t('runs.adapters', { size })}</span>
      <span className="hint" role="status">
        {written && t('runs.zipDone', { file: written })}
      </span>
    </div>
  );
}
