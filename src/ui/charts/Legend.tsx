/** Names of the curves; each is a switch that shows or hides it, in every chart. */
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { Swatch } from './Swatch';
import { toggle, type ViewStore } from './view';

export interface LegendEntry {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  readonly dash?: readonly number[] | undefined;
}

export function Legend({ entries, view }: { readonly entries: readonly LegendEntry[]; readonly view: ViewStore }) {
  const { t } = useTranslation();
  const hidden = useStore(view, (s) => s.hidden);
  return (
    <ul className="legend">
      {entries.map(({ key, name, colour, dash }) => (
        <li key={key}>
          <button
            type="button"
            className="legend-key"
            aria-pressed={!hidden.has(key)}
            aria-label={t('chart.show', { name })}
            onClick={() => toggle(view, key)}
          >
            <Swatch {...{ colour, dash }} />
            <span className="legend-name">{name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
