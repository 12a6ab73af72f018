/** Names of the curves; each is a switch that shows or hides it. */
import { useTranslation } from 'react-i18next';

export interface LegendEntry<Key extends string> {
  readonly key: Key;
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
}

interface Props<Key extends string> {
  readonly entries: readonly LegendEntry<Key>[];
  readonly hidden: ReadonlySet<Key>;
  readonly toggle: (key: Key) => void;
}

export function Legend<Key extends string>({ entries, hidden, toggle }: Props<Key>) {
  const { t } = useTranslation();
  return (
    <ul className="legend">
      {entries.map(({ key, name, colour, dashed }) => (
        <li key={key}>
          <button
            type="button"
            className="legend-key"
            aria-pressed={!hidden.has(key)}
            aria-label={t('chart.show', { name })}
            onClick={() => toggle(key)}
          >
            <span className={dashed ? 'swatch dashed' : 'swatch'} style={{ borderColor: `var(--${colour})` }} />
            {name}
          </button>
        </li>
      ))}
    </ul>
  );
}

export function toggled<Key>(set: ReadonlySet<Key>, key: Key): ReadonlySet<Key> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}
