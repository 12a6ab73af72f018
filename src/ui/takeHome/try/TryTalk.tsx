/** The conversation with the model that is open in transformers.js: its prompt, what was said, and a question. */
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { mostTokens, type Session, type Tried, type TryTurn } from '../../../store';
import { useSession, useStudio, useTrying } from '../../studioContext';
import { AnswerBox } from '../../talk/AnswerBox';
import { QuestionBox } from '../../talk/QuestionBox';
import { useFollowed } from '../../talk/useFollowed';

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

const recipeOf = (s: Session) => s.recipe;

function TrySettings() {
  const { t } = useTranslation();
  const { trying } = useStudio();
  const recipe = useSession(recipeOf);
  const system = useTrying((s) => s.system);
  const most = useTrying((s) => mostTokens(s, recipe.evaluation));
  const changed = system !== undefined && system !== recipe.systemPrompt;
  return (
    <div className="talk-fields">
      <Field wide label={t('try.system')}>
        {(id) => (
          <textarea
            id={id}
            rows={2}
            data-testid="try-system"
            value={system ?? recipe.systemPrompt}
            onChange={({ target }) => trying.setState({ system: target.value })}
          />
        )}
      </Field>
      {changed && (
        <button type="button" className="link" onClick={() => trying.setState({ system: undefined })}>
          {t('try.systemReset')}
        </button>
      )}
      <MostTokens value={most} set={(maxNewTokens) => trying.setState({ maxNewTokens })} />
    </div>
  );
}

/** Kept as typed until it is a number that can be used. */
function MostTokens({ value, set }: { readonly value: number; readonly set: (value: number) => void }) {
  const { t } = useTranslation();
  const problem = useId();
  const [typed, setTyped] = useState<string>();
  const enter = (text: string): void => {
    const usable = /^[1-9]\d{0,5}$/.test(text.trim());
    setTyped(usable ? undefined : text);
    if (usable) set(Number(text));
  };
  const wrong = typed !== undefined;
  return (
    <Field label={t('try.maxNewTokens')}>
      {(id) => (
        <>
          <input
            id={id}
            inputMode="numeric"
            autoComplete="off"
            data-testid="try-maxNewTokens"
            value={typed ?? value}
            aria-invalid={wrong}
            aria-describedby={wrong ? problem : undefined}
            onChange={({ target }) => enter(target.value)}
          />
          {wrong && (
            <span className="problem" id={problem} role="alert">
              {t('try.maxNewTokens.wrong')}
            </span>
          )}
        </>
      )}
    </Field>
  );
}

interface FieldProps {
  readonly label: string;
  readonly wide?: boolean;
  readonly children: (id: string) => ReactNode;
}

function Field({ label, wide = false, children }: FieldProps) {
  const id = useId();
  return (
    <div className={wide ? 'talk-field wide' : 'talk-field'}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}
