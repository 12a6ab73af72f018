/** Before the start: what would run, how long and how large, and every setting that is not what it starts from. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { forecast, remaining, type Session, type Stage, stationOf, stepsOf } from '../../store';
import { duration, whole } from '../i18n/format';
import { size } from '../memory/size';
import { useChangedFields } from '../settings/changed';
import { useSession } from '../studioContext';

export function Preview() {
  const { t } = useTranslation();
  const stages = useSession(useShallow((s: Session) => remaining(s)));
  const total = useSession((s) => sum(stages.map((stage) => forecast(s, stage))));
  return (
    <div className="preview" data-testid="preview">
      <table>
        <caption className="sr-only">{t('preview.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('preview.stage')}</th>
            <th scope="col" className="number">
              {t('preview.steps')}
            </th>
            <th scope="col" className="number">
              {t('preview.time')}
            </th>
            <th scope="col" className="number">
              {t('memory.title')}
            </th>
          </tr>
        </thead>
        <tbody>
          {stages.map((stage) => (
            <Row key={stage} stage={stage} />
          ))}
        </tbody>
      </table>
      <p className="hint">
        {total === undefined ? t('preview.noPace') : t('preview.total', { time: duration(total) })}
      </p>
      <Changes />
    </div>
  );
}

function sum(times: readonly (number | undefined)[]): number | undefined {
  return times.reduce<number | undefined>(
    (all, time) => (all === undefined || time === undefined ? undefined : all + time),
    0,
  );
}

const openOf = (s: Session) => s.openStation;

function Row({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const open = useSession(openOf);
  const steps = useSession((s) => stepsOf(s, stage));
  const time = useSession((s) => forecast(s, stage));
  const plan = useSession((s) => s.memory.plan?.[stage]);
  return (
    <tr>
      <th scope="row">
        <button type="button" className="link" onClick={() => open(stationOf(stage))}>
          {t(`stage.${stage}`)}
        </button>
      </th>
      <td className="number">{steps > 0 ? whole(steps) : '–'}</td>
      <td className="number">{time === undefined ? '–' : duration(time)}</td>
      <td className="number">{plan ? size(plan) : '–'}</td>
    </tr>
  );
}

function Changes() {
  const { t } = useTranslation();
  const changed = useChangedFields();
  if (changed.length === 0) return <p className="hint">{t('preview.allDefault')}</p>;
  return (
    <>
      <p className="hint strong">{t('settings.changedCount', { count: changed.length })}</p>
      <ul className="changes" data-testid="preview-changes">
        {changed.map(({ field, value, reference }) => (
          <li key={field.path} data-path={field.path}>
            {t('preview.change', {
              name: t(`field.${field.name}`),
              group: t(`settings.${field.group}`),
              value,
              reference,
            })}
          </li>
        ))}
      </ul>
    </>
  );
}
