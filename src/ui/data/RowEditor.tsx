/** The texts of a row to change, one field per message. */
import { type FormEvent, type RefObject, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Example, withTexts } from '../../store';

interface Props {
  /** The first text, to have the focus. */
  readonly first: RefObject<HTMLTextAreaElement | null>;
  readonly example: Example;
  readonly save: (row: Example) => void;
  readonly cancel: () => void;
}

export function RowEditor({ first, example, save, cancel }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [texts, setTexts] = useState(() => example.messages.map(({ content }) => content));
  const row = withTexts(example, texts);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (row) save(row);
  };
  return (
    <form className="row-editor" onSubmit={submit}>
      {example.messages.map(({ role }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the messages of a row stay in their order
        <label key={i}>
          {t(`rows.role.${role}`)}
          <textarea
            ref={i === 0 ? first : undefined}
            rows={Math.min(8, 1 + (texts[i]?.split('\n').length ?? 1))}
            data-testid={`edit-${role}`}
            value={texts[i]}
            aria-describedby={row ? undefined : `${id}-problem`}
            onChange={({ target }) => setTexts(texts.map((text, at) => (at === i ? target.value : text)))}
          />
        </label>
      ))}
      {!row && (
        <p className="problem" id={`${id}-problem`}>
          {t('rows.emptyText')}
        </p>
      )}
      <p className="row-actions">
        <button type="submit" className="primary" data-testid="save-row" disabled={!row}>
          {t('rows.save')}
        </button>
        <button type="button" onClick={cancel}>
          {t('rows.cancel')}
        </button>
      </p>
    </form>
  );
}
