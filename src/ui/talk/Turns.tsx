/** What was said so far: every question, and below it an answer of each model that was asked. */
import { memo, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type Subject, subjects, type TalkAnswer, type Turn } from '../../store';
import type { Translate } from '../i18n';
import { whole } from '../i18n/format';
import { CopyButton } from '../shared/CopyButton';
import { useTalk } from '../studioContext';

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
  const { text, state } = answer;
  const open = state === 'waiting' || state === 'answering';
  return (
    <article className="answer" data-subject={subject} data-state={state} data-testid={`answer-${subject}`}>
      <h3>{t(`subject.${subject}`)}</h3>
      <p className="answer-text" data-testid="answer-text">
        {text}
        {state === 'answering' && <span className="caret" aria-hidden="true" />}
        {text === '' && !open && <em className="hint">{t('results.emptyAnswer')}</em>}
      </p>
      <div className="answer-foot">
        <p className="hint">{[...ending(t, answer), ...speed(t, answer)].join(' · ')}</p>
        {text !== '' && !open && <CopyButton text={() => text} testId={`copy-${subject}`} />}
      </div>
    </article>
  );
});

function ending(t: Translate, { state }: TalkAnswer): readonly string[] {
  return state === 'end' || state === 'answering' ? [] : [t(`talk.state.${state}`)];
}

function speed(t: Translate, { tokens, firstMilliseconds, milliseconds }: TalkAnswer): readonly string[] {
  if (firstMilliseconds === undefined) return [];
  const rate = tokens > 1 ? ((tokens - 1) / (milliseconds - firstMilliseconds)) * 1000 : undefined;
  return [
    t('talk.tokens', { count: tokens }),
    ...(rate === undefined ? [] : [t('talk.rate', { rate: rate < 10 ? rate.toFixed(1) : whole(rate) })]),
    t('talk.first', { milliseconds: whole(firstMilliseconds) }),
  ];
}

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

/** Stays at the end while something is added, unless the person has scrolled away from it. */
function useFollowed<T extends HTMLElement>(content: unknown) {
  const element = useRef<T>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const { current } = element;
    const look = (): void => {
      if (current) atEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < 40;
    };
    current?.addEventListener('scroll', look);
    return () => current?.removeEventListener('scroll', look);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown decides how high the list is
  useEffect(() => {
    if (atEnd.current) element.current?.scrollTo({ top: element.current.scrollHeight });
  }, [content]);
  return element;
}
