/** The question to the models of the studio: an example of it, and why it cannot be asked now. */
import { useTranslation } from 'react-i18next';
import { notNow, type Session } from '../../store';
import { describeFailure } from '../i18n/describe';
import { useSession, useStudio, useTalk } from '../studioContext';
import { QuestionBox } from './QuestionBox';

const talking = (s: Session) => s.inquiry === 'talk';
const firstQuestion = (s: Session) => s.data.test.dataset?.examples[0]?.question ?? '';

export function Composer() {
  const { t } = useTranslation();
  const studio = useStudio();
  const answering = useSession(talking);
  const refusal = useSession((s) => notNow(s)?.code);
  const example = useSession(firstQuestion);
  const text = useTalk((state) => state.draft);
  const write = (draft: string): void => studio.talk.setState({ draft });
  const waits = refusal !== undefined && !answering;
  return (
    <QuestionBox
      name="talk"
      text={text}
      write={write}
      example={example}
      answering={answering}
      refused={refusal !== undefined}
      hint={waits ? describeFailure(t, { code: refusal, message: refusal, detail: {} }) : t('talk.keys')}
      stop={() => studio.stopAnswer()}
      send={async () => {
        write('');
        // What was not asked goes back to where it was written, unless something else is written there by now.
        if (!(await studio.say(text))) studio.talk.setState(({ draft }) => ({ draft: draft || text }));
      }}
    />
  );
}
