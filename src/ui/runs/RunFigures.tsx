/** Accuracies and losses of a kept run, each with its name. */
import { useTranslation } from 'react-i18next';
import { type RunRecord, subjects, trainingStages } from '../../store';
import { figure, percent } from '../i18n/format';

export function RunFigures({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation();
  const measured = subjects.flatMap((subject) => run.measured[subject] ?? []);
  const trained = trainingStages.flatMap((stage) => {
    const loss = run.losses[stage];
    return loss ? [{ stage, ...loss }] : [];
  });
  if (measured.length === 0 && trained.length === 0) return <p className="hint">{t('runs.notMeasured')}</p>;
  return (
    <dl className="run-figures">
      {measured.map(({ subject, correct, rows }) => (
        <div key={subject} data-subject={subject}>
          <dt>{t(`subject.${subject}`)}</dt>
          <dd>
            <strong>{rows === 0 ? '–' : percent(correct / rows)}</strong> <span className="hint">n={rows}</span>
          </dd>
        </div>
      ))}
      {trained.map(({ stage, train, test }) => (
        <div key={stage}>
          <dt>{t('runs.lossOf', { stage: t(`stage.${stage}`) })}</dt>
          <dd>
            <strong>{figure(train)}</strong>{' '}
            <span className="hint">{test !== undefined && t('runs.testLoss', { loss: figure(test) })}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
