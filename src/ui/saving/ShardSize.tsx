/** The largest file of a saved model. Kept as typed until it is a number that can be used. */
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session, Station } from '../../store';
import { useSession } from '../studioContext';

const sizeOf = (s: Session) => s.shardMegabytes;
const setSizeOf = (s: Session) => s.setShardMegabytes;

/** `at`: where it stands, more than once on the page. */
export function ShardSize({ at, disabled }: { readonly at: Station; readonly disabled: boolean }) {
  const { t } = useTranslation();
  const id = useId();
  const size = useSession(sizeOf);
  const setSize = useSession(setSizeOf);
  const [typed, setTyped] = useState<string>();
  const wrong = typed !== undefined;
  const enter = (text: string): void => {
    const value = Number(text);
    const usable = text.trim() !== '' && Number.isFinite(value) && value >= 1;
    setTyped(usable ? undefined : text);
    if (usable) setSize(value);
  };
  return (
    <p className="shard">
      <label htmlFor={id}>{t('save.shard')}</label>
      <input
        id={id}
        inputMode="numeric"
        data-testid={`shard-${at}`}
        disabled={disabled}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        value={typed ?? String(size)}
        onChange={({ target }) => enter(target.value)}
      />
      {wrong && (
        <span className="problem" id={`${id}-wrong`} role="alert">
          {t('range.shard')}
        </span>
      )}
    </p>
  );
}
