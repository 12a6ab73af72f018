/** One answer as it comes, how it ended, how fast it was, and a button that copies it. */
import { useTranslation } from 'react-i18next';
import type { TalkAnswer } from '../../store';
import type { Translate } from '../i18n';
import { whole } from '../i18n/format';
import { CopyButton } from '../shared/CopyButton';

interface Props {
  /** Whose it is, for colours and tests. */
  readonly name: string;
  readonly heading: string;
  readonly answer: TalkAnswer;
}

export function AnswerBox({ name, heading, answer }: Props) {
  const { t } = useTranslation();
  const { text, state } = answer;
  const open = state === 'waiting' || state === 'answering';
  return (
    <article className="answer" data-subject={name} data-state={state} data-testid={`answer-${name}`}>
      <h3>{heading}</h3>
      <p className="answer-text" data-testid="answer-text">
        {text}
        {state === 'answering' && <span className="caret" aria-hidden="true" />}
        {text === '' && !open && <em className="hint">{t('results.emptyAnswer')}</em>}
      </p>
      <div className="answer-foot">
        <p className="hint">{[...ending(t, answer), ...speed(t, answer)].join(' · ')}</p>
        {text !== '' && !open && <CopyButton text={() => text} testId={`copy-${name}`} />}
      </div>
    </article>
  );
}

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
