/** Where a question is written and sent: Enter sends, Shift and Enter begin a line. */
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { notNow, type Session } from '../../store';
import { describeFailure } from '../i18n/describe';
import { Icon } from '../shared/Icon';
import { useSession, useStudio, useTalk } from '../studioContext';

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

  const send = async (): Promise<void> => {
    if (text.trim() === '' || refusal !== undefined) return;
    write('');
    // What was not asked goes back to where it was written, unless something else is written there by now.
    if (!(await studio.say(text))) studio.talk.setState(({ draft }) => ({ draft: draft || text }));
  };
  const onKey = (event: KeyboardEvent): void => {
    // Enter that ends the input of a word of Chinese or Japanese; 229 is Safari's way of saying so.
    const composing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || composing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        rows={2}
        data-testid="talk-question"
        aria-label={t('talk.question')}
        aria-describedby="talk-hint"
        placeholder={example === '' ? t('talk.question') : t('talk.example', { question: example.slice(0, 60) })}
        value={text}
        onChange={({ target }) => write(target.value)}
        onKeyDown={onKey}
      />
      {answering ? (
        <button type="button" data-testid="talk-stop" onClick={() => studio.stopAnswer()}>
          <Icon name="stop" />
          {t('talk.stop')}
        </button>
      ) : (
        <button
          type="submit"
          className="primary"
          data-testid="talk-send"
          disabled={text.trim() === '' || refusal !== undefined}
        >
          {t('talk.send')}
        </button>
      )}
      <p className="hint" id="talk-hint" data-testid="talk-hint">
        {refusal !== undefined && !answering
          ? describeFailure(t, { code: refusal, message: refusal, detail: {} })
          : t('talk.keys')}
      </p>
    </form>
  );
}
