/** The tokens of an answer in a row, each coloured by how far two models part there, and the key to the colours. */
import { type CSSProperties, type KeyboardEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TokenPosition } from '../../store';
import { figure } from '../i18n/format';
import { visible } from '../shared/visible';
import { heat } from './heat';

interface ChipsProps {
  readonly positions: readonly TokenPosition[];
  readonly at: number;
  readonly choose: (index: number) => void;
}

/** One stop of the Tab key; arrows, Home and End go from token to token. */
export function Chips({ positions, at, choose }: ChipsProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  const go = (event: KeyboardEvent): void => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: positions.length - 1 }[event.key];
    if (to === undefined || positions[to] === undefined) return;
    event.preventDefault();
    choose(to);
    list.current?.querySelectorAll('button')[to]?.focus();
  };
  return (
    <div className="token-chips" role="toolbar" aria-label={t('tokens.chips')} ref={list} onKeyDown={go}>
      {positions.map((position, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place in the row
        <Chip key={index} position={position} chosen={index === at} choose={() => choose(index)} />
      ))}
    </div>
  );
}

interface ChipProps {
  readonly position: TokenPosition;
  readonly chosen: boolean;
  readonly choose: () => void;
}

function Chip({ position: { text, divergence, sameTop }, chosen, choose }: ChipProps) {
  const { t } = useTranslation();
  const said = t('tokens.chip', { text, divergence: figure(divergence) });
  return (
    <button
      type="button"
      className="token-chip"
      style={{ '--heat': `${(100 * heat(divergence)).toFixed(1)}%` } as CSSProperties}
      data-testid="token-chip"
      data-divergence={divergence}
      aria-pressed={chosen}
      aria-label={sameTop ? said : `${said} ${t('tokens.parts')}`}
      tabIndex={chosen ? 0 : -1}
      onClick={choose}
      onFocus={choose}
      onPointerEnter={({ pointerType }) => pointerType === 'mouse' && choose()}
    >
      {visible(text)}
      {!sameTop && <span className="parting" aria-hidden="true" />}
    </button>
  );
}

export function Legend() {
  const { t } = useTranslation();
  return (
    <p className="token-chip-legend hint">
      <span>{t('tokens.near')}</span>
      <span className="ramp" aria-hidden="true" />
      <span>{t('tokens.far')}</span>
      <span className="parts-sample" aria-hidden="true" />
      <span>{t('tokens.partsLegend')}</span>
    </p>
  );
}
