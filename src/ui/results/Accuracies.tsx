/** One figure per model, with its n and how sure it is. */
import { useTranslation } from 'react-i18next';
import { type Session, subjects } from '../../store';
import { useSession } from '../studioContext';
import { AccuracyFigure } from './AccuracyFigure';
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
          <AccuracyFigure
            key={subject}
            name={t(`subject.${subject}`)}
            subject={subject}
            testId={`accuracy-${subject}`}
            measured={latest(evaluations[subject])}
          />
        ))}
      </dl>
      <JudgedBy />
    </section>
  );
}
