/** How much memory the card has, in the person's words: what is no number yet stays as it was typed. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { useSession } from '../studioContext';

const cardOf = (s: Session) => s.memory.card;
const setMemoryOf = (s: Session) => s.setMemory;

export function CardMemory() {
  const { t } = useTranslation();
  const card = useSession(cardOf);
  const setMemory = useSession(setMemoryOf);
  const [typed, setTyped] = useState<string>();
  const enter = (entered: string): void => {
    setTyped(entered);
    const value = Number(entered);
    if (entered.trim() !== '' && Number.isFinite(value) && value > 0) setMemory({ card: value });
  };
  return (
    <label className="card-memory" title={t('memory.cardHint')}>
      {t('memory.card')}
      <input
        data-testid="card-memory"
        inputMode="decimal"
        autoComplete="off"
        aria-invalid={typed !== undefined && Number(typed) !== card}
        value={typed ?? String(card)}
        onChange={({ target }) => enter(target.value)}
        onBlur={() => setTyped(undefined)}
      />
      GiB
    </label>
  );
}
