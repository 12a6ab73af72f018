/** Under the choice of a judge: what it counts as right. */
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { useSession } from '../studioContext';

const judgeOf = (s: Session) => s.recipe.judge;
const draftOf = (s: Session) => s.drafts.judge?.text;

export function JudgeHint() {
  const { t } = useTranslation();
  const judge = useSession(judgeOf);
  const draft = useSession(draftOf);
  // A regular expression waits for its pattern before it is the recipe's judge.
  const chosen = draft === 'regex' ? draft : judge;
  return (
    <p className="hint" aria-live="polite" data-testid="judge-definition">
      {t(`judge.${chosen}`)}
    </p>
  );
}
