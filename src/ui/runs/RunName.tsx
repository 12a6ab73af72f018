/** The name of a run, and a field in its place to change it. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '../../store';
import { useInPlace } from '../focus/inPlace';
import { Icon } from '../shared/Icon';
import { useStudio } from '../studioContext';

/** Longer names say no more, and break every list. */
export const longestName = 120;

export function RunName({ run: { id, name } }: { readonly run: RunRecord }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const [typed, setTyped] = useState<string>();
  const editing = typed !== undefined;
  const { inside, outside } = useInPlace<HTMLInputElement, HTMLButtonElement>(editing);
  const keep = (): void => {
    const next = typed?.trim();
    if (next && next !== name) studio.amendRun(id, { name: next });
    setTyped(undefined);
  };
  if (!editing) {
    return (
      <span className="run-name">
        <strong data-testid="run-name">{name}</strong>
        <button
          ref={outside}
          type="button"
          className="quiet icon small"
          data-testid="run-rename"
          aria-label={t('runs.rename', { name })}
          onClick={() => setTyped(name)}
        >
          <Icon name="edit" />
        </button>
      </span>
    );
  }
  return (
    <form
      className="run-name"
      onSubmit={(event) => {
        event.preventDefault();
        keep();
      }}
    >
      <input
        ref={inside}
        data-testid="run-name-field"
        aria-label={t('runs.name')}
        maxLength={longestName}
        value={typed}
        onFocus={({ target }) => target.select()}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={({ key }) => key === 'Escape' && setTyped(undefined)}
      />
      <button type="submit" className="quiet icon small" data-testid="run-name-keep" aria-label={t('runs.nameKeep')}>
        <Icon name="check" />
      </button>
    </form>
  );
}
