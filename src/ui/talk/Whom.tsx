/** Whom one talks to: the models that there are now, each on or off. */
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { askable, asked } from '../../store';
import { useSession, useStudio, useTalk } from '../studioContext';

export function Whom() {
  const { t } = useTranslation();
  const { talk } = useStudio();
  const there = useSession(useShallow(askable));
  const chosen = useTalk((state) => state.chosen);
  const on = asked(there, chosen);
  if (there.length === 0) return <p className="empty">{t('talk.nobody')}</p>;
  return (
    <fieldset className="whom">
      <legend className="sr-only">{t('talk.whom')}</legend>
      {there.map((subject) => (
        <label key={subject} className="check whom-one" data-subject={subject}>
          <input
            type="checkbox"
            data-testid={`talk-to-${subject}`}
            checked={on.includes(subject)}
            onChange={({ target }) => talk.setState({ chosen: { ...chosen, [subject]: target.checked } })}
          />
          {t(`subject.${subject}`)}
        </label>
      ))}
    </fieldset>
  );
}
