/** One station from afar: its number, its state, and in a few words what is there or came out. */
import { Tabs } from '@base-ui/react/tabs';
import { useTranslation } from 'react-i18next';
import { type Session, type Station, type Subject, stagesAt, stationState } from '../../store';
import type { Translate } from '../i18n';
import { percent, whole } from '../i18n/format';
import { stateIcons } from '../pipeline/stateIcons';
import { latest } from '../results/latest';
import { percentMoved } from '../results/mergeShifts';
import { Icon } from '../shared/Icon';
import { useSession } from '../studioContext';

export function StationTab({ station, number }: { readonly station: Station; readonly number: number }) {
  const { t } = useTranslation();
  const state = useSession((s) => stationState(s, station));
  const outcome = useSession((s) => outcomeOf(t, s, station));
  return (
    <Tabs.Tab value={station} className="station-tab" data-testid={`station-${station}`} data-state={state}>
      <span className="stage-number" aria-hidden="true">
        {state === 'done' ? <Icon name="check" /> : number}
      </span>
      <span className="station-name">{t(`station.${station}`)}</span>
      <span className="state">
        {state !== 'done' && state !== 'idle' && <Icon name={stateIcons[state]} />}
        {outcome ?? t(`stage.state.${state}`)}
      </span>
    </Tabs.Tab>
  );
}

/** How far a stage of the station is that runs; undefined when none does, or before it says so. */
function progressOf(t: Translate, s: Session, station: Station): string | undefined {
  const { running, phase } = s;
  if (!running || !stagesAt[station].includes(running) || !phase || phase.total === 0) return undefined;
  const { state } = s.stages[running];
  return t('station.progress', {
    state: t(`stage.state.${state}`),
    share: Math.floor((100 * phase.done) / phase.total),
  });
}

/** Undefined while the state says it all. */
function outcomeOf(t: Translate, s: Session, station: Station): string | undefined {
  const progress = progressOf(t, s, station);
  const state = stationState(s, station);
  if (progress) return progress;
  switch (station) {
    case 'data': {
      const [train, test] = [s.data.train.dataset, s.data.test.dataset];
      if (!train || !test) return t(state === 'running' ? 'station.loading' : 'station.empty');
      return t('station.rows', { train: whole(train.examples.length), test: whole(test.examples.length) });
    }
    case 'models': {
      const [teacher, student] = [s.models.teacher.info, s.models.student.info];
      if (!teacher || !student) return t(state === 'running' ? 'station.loading' : 'station.empty');
      return `${teacher.name} → ${student.name}`;
    }
    case 'sft':
      return right(t, s, 'teacher-sft');
    case 'merge':
      return s.mergeReport && t('merge.moved', { moved: percentMoved(s.mergeReport.modules) });
    case 'distill':
      return right(t, s, 'student-distilled');
    case 'takeHome':
      return s.exports?.length ? t('station.exports', { count: s.exports.length }) : undefined;
    default:
      return station satisfies never;
  }
}

function right(t: Translate, { evaluations, running }: Session, subject: Subject): string | undefined {
  const measured = latest(evaluations[subject]);
  if (!measured || measured.rows === 0 || running) return undefined;
  return t('station.right', { share: percent(measured.correct / measured.rows) });
}
