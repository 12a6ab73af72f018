/** Ticked runs side by side: what they measured, and the settings that are not the same. */
import { useTranslation } from 'react-i18next';
import { differingSettings, type RunRecord, type SettingValue, subjects, trainingStages, wilson } from '../../store';
import { figure, percent } from '../i18n/format';
import { settingName, settingText } from './settingText';

export function CompareRuns({ runs }: { readonly runs: readonly RunRecord[] }) {
  const { t } = useTranslation();
  if (runs.length < 2) return <p className="hint">{t(runs.length === 1 ? 'runs.compareOne' : 'runs.compareHint')}</p>;
  const measured = subjects.filter((subject) => runs.some((run) => run.measured[subject]));
  const trained = trainingStages.filter((stage) => runs.some((run) => run.losses[stage]));
  const differing = differingSettings(runs);
  return (
    <div className="run-compare">
      <h3>{t('runs.compare')}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="scroller" tabIndex={0} aria-label={t('runs.compare')}>
        <table data-testid="runs-compare">
          <thead>
            <tr>
              <th scope="col">{t('runs.setting')}</th>
              {runs.map((run) => (
                <th key={run.id} scope="col">
                  {run.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {measured.map((subject) => (
              <tr key={subject} data-subject={subject}>
                <th scope="row">{t(`subject.${subject}`)}</th>
                {runs.map((run) => (
                  <td key={run.id}>
                    <Accuracy measured={run.measured[subject]} />
                  </td>
                ))}
              </tr>
            ))}
            {trained.map((stage) => (
              <tr key={stage}>
                <th scope="row">{t('runs.lossOf', { stage: t(`stage.${stage}`) })}</th>
                {runs.map((run) => (
                  <td key={run.id}>{run.losses[stage]?.train === undefined ? '–' : figure(run.losses[stage].train)}</td>
                ))}
              </tr>
            ))}
            {differing.map(({ path, values }) => (
              <tr key={path} data-path={path}>
                <th scope="row">{settingName(t, path)}</th>
                {values.map((own, index) => (
                  <td key={runs[index]?.id}>
                    <SettingCell path={path} values={own} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {differing.length === 0 && <p className="hint">{t('runs.sameSettings')}</p>}
    </div>
  );
}

function Accuracy({ measured }: { readonly measured: RunRecord['measured']['teacher-base'] }) {
  if (!measured || measured.rows === 0) return '–';
  const { correct, rows } = measured;
  const { low, high } = wilson(correct, rows);
  return (
    <>
      <strong>{percent(correct / rows)}</strong>{' '}
      <span className="hint">
        {percent(low)}–{percent(high)} · n={rows}
      </span>
    </>
  );
}

function SettingCell({ path, values }: { readonly path: string; readonly values: readonly SettingValue[] }) {
  const { t } = useTranslation();
  const plain = values.length > 0 && values.every(({ changed }) => !changed);
  return (
    <>
      {settingText(t, path, values)} {plain && <span className="badge">{t('runs.default')}</span>}
    </>
  );
}
