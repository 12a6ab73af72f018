/** What was said so far: every question, and below it an answer of each model that was asked. */
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Subject, subjects, type TalkAnswer, type Turn } from '../../store';
import { useTalk } from '../studioContext';
import { AnswerBox } from './AnswerBox';
import { useFollowed } from './useFollowed';

export function Turns() {
  const { t } = useTranslation();
  const turns = useTalk((state) => state.turns);
  const list = useFollowed<HTMLOListElement>(turns);
  if (turns.length === 0) return <p className="empty">{t('talk.empty')}</p>;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <ol className="turns" ref={list} tabIndex={0} aria-label={t('talk.said')} data-testid="talk-turns">
        {turns.map((turn, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: turns are only added at the end
          <li key={index}>
            <p className="talk-question">
              <span className="sr-only">{t('talk.you')}: </span>
              {turn.question}
            </p>
            <div className="answers">
              {answersOf(turn).map(([subject, answer]) => (
                <Answer key={subject} subject={subject} answer={answer} />
              ))}
            </div>
          </li>
        ))}
      </ol>
      <Announced turn={turns.at(-1)} />
    </>
  );
}

function answersOf({ answers }: Turn): readonly (readonly [Subject, TalkAnswer])[] {
  return subjects.flatMap((subject) => {
    const answer = answers[subject];
    return answer ? [[subject, answer] as const] : [];
  });
}

interface AnswerProps {
  readonly subject: Subject;
  readonly answer: TalkAnswer;
}

/** Drawn again when it grows, not when another does. */
const Answer = memo(({ subject, answer }: AnswerProps) => {
  const { t } = useTranslation();
  return <AnswerBox name={subject} heading={t(`subject.${subject}`)} answer={answer} />;
});

/** Answers are read out when they are whole: each is added once, and said alone. */
function Announced({ turn }: { readonly turn: Turn | undefined }) {
  const { t } = useTranslation();
  const done = turn ? answersOf(turn).filter(([, { state }]) => state !== 'waiting' && state !== 'answering') : [];
  return (
    <div className="sr-only" aria-live="polite" data-testid="talk-announced">
      {done.map(([subject, { text }]) => (
        <p key={subject}>
          {t(`subject.${subject}`)}: {text}
        </p>
      ))}
    </div>
  );
}
