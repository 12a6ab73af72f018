/** Talk to the models: one question, the answer of each beside the others', token by token. */
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { useSession, useStudio, useTalk } from '../studioContext';
import { Composer } from './Composer';
import { TalkSettings } from './TalkSettings';
import { Turns } from './Turns';
import { Whom } from './Whom';

const talking = (s: Session) => s.inquiry === 'talk';

export function TalkPanel() {
  const { t } = useTranslation();
  const studio = useStudio();
  const answering = useSession(talking);
  const empty = useTalk(({ turns }) => turns.length === 0);
  return (
    <section className="panel talk" data-testid="talk" aria-labelledby="talk-title">
      <div className="panel-head">
        <h2 id="talk-title">{t('talk.title')}</h2>
        <button
          type="button"
          data-testid="talk-new"
          disabled={empty || answering}
          onClick={() => studio.newConversation()}
        >
          {t('talk.new')}
        </button>
      </div>
      <Whom />
      <TalkSettings />
      <Turns />
      <Composer />
    </section>
  );
}
