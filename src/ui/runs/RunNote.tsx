/** What a person has to say about a run. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '../../store';
import { useInPlace } from '../focus/inPlace';
import { useStudio } from '../studioContext';

export function RunNote({ run: { id, name, note } }: { readonly run: RunRecord }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const [typed, setTyped] = useState<string>();
  const editing = typed !== undefined;
  const { inside, outside } = useInPlace<HTMLTextAreaElement, HTMLButtonElement>(editing);
  if (!editing) {
    return (
      <p className="run-note">
        {note !== '' && <span data-testid="run-note">{note}</span>}{' '}
        <button
          ref={outside}
          type="button"
          className="link small"
          data-testid="run-note-edit"
          aria-label={t('runs.noteEdit', { name })}
          onClick={() => setTyped(note)}
        >
          {t(note === '' ? 'runs.noteAdd' : 'runs.noteChange')}
        </button>
      </p>
    );
  }
  return (
    <form
      className="run-note-form"
      onSubmit={(event) => {
        event.preventDefault();
        studio.amendRun(id, { note: typed.trim() });
        setTyped(undefined);
      }}
    >
      <textarea
        ref={inside}
        rows={3}
        data-testid="run-note-field"
        aria-label={t('runs.note')}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={({ key }) => key === 'Escape' && setTyped(undefined)}
      />
      <span className="actions">
        <button type="submit" className="small" data-testid="run-note-keep">
          {t('runs.noteKeep')}
        </button>
        <button type="button" className="link small" onClick={() => setTyped(undefined)}>
          {t('runs.cancel')}
        </button>
      </span>
    </form>
  );
}
