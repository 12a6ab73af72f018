/** Where a question is written and sent: Enter sends, Shift and Enter begin a line. */
import { type KeyboardEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../shared/Icon';

interface Props {
  /** In the test ids. */
  readonly name: string;
  readonly text: string;
  readonly write: (text: string) => void;
  /** A question to show where none is written; empty when there is none. */
  readonly example: string;
  readonly answering: boolean;
  readonly refused: boolean;
  readonly hint: string;
  /** Called when there is something to send, and nothing refuses it. */
  readonly send: () => void;
  readonly stop: () => void;
}

export function QuestionBox({ name, text, write, example, answering, refused, hint, send, stop }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const empty = text.trim() === '';
  const sendIt = (): void => {
    if (!empty && !refused) send();
  };
  const onKey = (event: KeyboardEvent): void => {
    // Enter that ends the input of a word of Chinese or Japanese; 229 is Safari's way of saying so.
    const composing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || composing) return;
    event.preventDefault();
    sendIt();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        sendIt();
      }}
    >
      <textarea
        rows={2}
        data-testid={`${name}-question`}
        aria-label={t('talk.question')}
        aria-describedby={id}
        placeholder={example === '' ? t('talk.question') : t('talk.example', { question: example.slice(0, 60) })}
        value={text}
        onChange={({ target }) => write(target.value)}
        onKeyDown={onKey}
      />
      {answering ? (
        <button type="button" data-testid={`${name}-stop`} onClick={stop}>
          <Icon name="stop" />
          {t('talk.stop')}
        </button>
      ) : (
        <button type="submit" className="primary" data-testid={`${name}-send`} disabled={empty || refused}>
          {t('talk.send')}
        </button>
      )}
      <p className="hint" id={id} data-testid={`${name}-hint`}>
        {hint}
      </p>
    </form>
  );
}
