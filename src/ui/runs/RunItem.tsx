/** One kept run: what it is called, what it was made of, how far it came, what it measured, and what can be done with it. */
import { useTranslation } from 'react-i18next';
import type { RunRecord, Session } from '../../store';
import { language } from '../i18n';
import { useSession } from '../studioContext';
import { dateTime } from './dates';
import { RunActions } from './RunActions';
import { RunFigures } from './RunFigures';
import { RunName } from './RunName';
import { RunNote } from './RunNote';
import { runState } from './runState';

interface Props {
  readonly run: RunRecord;
  readonly ticked: boolean;
  readonly tick: () => void;
  readonly open: () => void;
}

const elsewhereOf = (s: Session) => s.runs.elsewhere;
const checkpointsOf = (s: Session) => s.checkpoints;

export function RunItem({ run, ticked, tick, open }: Props) {
  const { t } = useTranslation();
  const current = useSession((s) => s.runs.current === run.id);
  const elsewhere = useSession(elsewhereOf).includes(run.id) && !current;
  const checkpoints = useSession(checkpointsOf);
  const { name, models, data } = run;
  const teacher = models.teacher?.info.name ?? t('runs.noModel');
  const student = models.student?.info.name ?? t('runs.noModel');
  const rows = {
    train: data.train?.name ?? t('runs.noRows'),
    test: data.test?.name ?? t('runs.noRows'),
    ...{ trainRows: data.train?.rows ?? 0, testRows: data.test?.rows ?? 0 },
  };
  return (
    <li className="run-card" data-testid="run" data-run={run.id} data-current={current}>
      <div className="run-head">
        <input
          type="checkbox"
          data-testid="run-choose"
          aria-label={t('runs.choose', { name })}
          checked={ticked}
          onChange={tick}
        />
        <RunName run={run} />
        {current && <span className="badge">{t('runs.current')}</span>}
        {elsewhere && <span className="badge warn">{t('runs.elsewhere')}</span>}
        <time className="hint" dateTime={new Date(run.started).toISOString()}>
          {dateTime(run.started, language())}
        </time>
      </div>
      <p className="hint run-facts">
        <span data-testid="run-state">{runState(t, run, current || elsewhere, checkpoints)}</span>
        <span>{`${teacher} → ${student}`}</span>
        <span>{t('runs.data', rows)}</span>
      </p>
      <RunFigures run={run} />
      <RunNote run={run} />
      <RunActions run={run} current={current} elsewhere={elsewhere} open={open} />
    </li>
  );
}
