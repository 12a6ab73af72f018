/** The conversation with the model that is open in transformers.js: its prompt, what was said, and a question. */
import { useTranslation } from 'react-i18next';
import type { Session, Tried, TryTurn } from '../../../store';
import { useSession, useStudio, useTrying } from '../../studioContext';
import { AnswerBox } from '../../talk/AnswerBox';
import { QuestionBox } from '../../talk/QuestionBox';
import { useFollowed } from '../../talk/useFollowed';
import { TrySettings } from './TrySettings';

const firstQuestion = (s: Session) => s.data.test.dataset?.examples[0]?.question ?? '';

export function TryTalk({ tried }: { readonly tried: Tried }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const turns = useTrying((s) => s.turns);
  const draft = useTrying((s) => s.draft);
  const example = useSession(firstQuestion);
  const answering = tried.state === 'answering';
  const write = (text: string): void => studio.trying.setState({ draft: text });
  return (
    <>
      <TrySettings />
      {turns.length > 0 && <Turns turns={turns} name={`transformers.js, ${tried.form}`} />}
      <QuestionBox
        name="try"
        text={draft}
        write={write}
        example={example}
        answering={answering}
        refused={tried.state !== 'open'}
        hint={t('try.keys')}
        send={() => {
          write('');
          studio.tryAsk(draft);
        }}
        stop={studio.stopTry}
      />
      {turns.length > 0 && (
        <button type="button" className="link" data-testid="try-new" disabled={answering} onClick={studio.newTry}>
          {t('try.new')}
        </button>
      )}
    </>
  );
}

function Turns({ turns, name }: { readonly turns: readonly TryTurn[]; readonly name: string }) {
  const { t } = useTranslation();
  const list = useFollowed<HTMLOListElement>(turns);
  const done = turns.filter(({ answer: { state } }) => state !== 'waiting' && state !== 'answering');
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <ol className="turns" ref={list} tabIndex={0} aria-label={t('talk.said')} data-testid="try-turns">
        {turns.map(({ question, answer }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: turns are only added at the end
          <li key={index}>
            <p className="talk-question">
              <span className="sr-only">{t('talk.you')}: </span>
              {question}
            </p>
            <AnswerBox name="student-try" heading={name} answer={answer} />
          </li>
        ))}
      </ol>
      <div className="sr-only" aria-live="polite">
        {done.at(-1)?.answer.text}
      </div>
    </>
  );
}
