/** Beside the accuracies: what decided which answers are right. */
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { useSession } from '../studioContext';
import { judgesOf } from './latest';

const evaluationsOf = (s: Session) => s.evaluations;

export function JudgedBy() {
  const { t } = useTranslation();
  const judges = judgesOf(useSession(evaluationsOf));
  return judges.map(({ judged: { judge, judgePattern }, subjects }) => (
    <p key={judge + judgePattern} className="hint" data-testid="judged-by">
      {judges.length > 1 && `${subjects.map((subject) => t(`subject.${subject}`)).join(t('need.join'))}: `}
      <strong>{t('results.judgedBy', { judge: t(`option.${judge}`) })}</strong>{' '}
      {judge === 'regex' && <code>{judgePattern}</code>} {t(`judge.${judge}`)}
    </p>
  ));
}
