/** One figure per model, with its n and how sure it is. */
import { useTranslation } from 'react-i18next';
import { type Evaluation, type Session, type Subject, subjects, wilson } from '../../store';
import type { Translate } from '../i18n';
import { percent } from '../i18n/format';
import { useSession } from '../studioContext';
import { JudgedBy } from './JudgedBy';
import { latest } from './latest';

const evaluationsOf = (s: Session) => s.evaluations;

export function AccuracyPanel() {
  const { t } = useTranslation();
  const evaluations = useSession(evaluationsOf);
  return (
    <section className="panel" aria-labelledby="accuracies-title">
      <div className="panel-head">
        <h2 id="accuracies-title">{t('results.accuracy')}</h2>
      </div>
      <dl className="accuracies">
        {subjects.map((subject) => (
          <Accuracy key={subject} subject={subject} evaluation={latest(evaluations[subject])} />
        ))}
      </dl>
      <JudgedBy />
    </section>
  );
}

interface Props {
  readonly subject: Subject;
  readonly evaluation: Evaluation | undefined;
}

function Accuracy({ subject, evaluation }: Props) {
  const { t } = useTranslation();
  const share = evaluation && evaluation.rows > 0 ? evaluation.correct / evaluation.rows : undefined;
  return (
    <div className="accuracy" data-subject={subject}>
      <dt>{t(`subject.${subject}`)}</dt>
      <dd
        data-testid={`accuracy-${subject}`}
        data-accuracy={share}
        data-rows={evaluation?.rows}
        data-complete={evaluation?.complete}
      >
        {share === undefined ? '–' : percent(share)}
      </dd>
      <dd className="bar" aria-hidden="true">
        <span style={{ inlineSize: `${(share ?? 0) * 100}%` }} />
      </dd>
      <dd className="hint">{evaluation ? sureness(t, evaluation) : t('results.notYet')}</dd>
    </div>
  );
}

function sureness(t: Translate, { correct, rows, complete }: Evaluation): string {
  const { low, high } = wilson(correct, rows);
  const counts = t('results.counts', { correct, rows });
  const interval = t('results.interval', { low: percent(low), high: percent(high) });
  return complete ? `${counts} · ${interval}` : `${counts} · ${t('results.sample', { rows })}`;
}
