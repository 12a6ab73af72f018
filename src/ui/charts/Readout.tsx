/** The values at the cursor, on the side of the chart where the cursor is not; names only where one is looking. */
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { Swatch } from './Swatch';
import { saidAt } from './said';
import type { Shown } from './shown';
import type { Unit } from './ticks';
import type { ViewStore } from './view';

interface Props {
  readonly view: ViewStore;
  readonly shown: () => Shown;
  readonly unit: Unit;
}

export function Readout({ view, shown, unit }: Props) {
  const { t } = useTranslation();
  const step = useStore(view, (s) => s.cursor);
  if (step === undefined) return null;
  const { from, to } = shown().scene.window;
  const said = step < from || step > to ? [] : saidAt(shown(), step, unit, t);
  if (said.length === 0) return null;
  return (
    <div className="readout" data-side={step - from < (to - from) / 2 ? 'right' : 'left'} aria-hidden="true">
      <p>{t('chart.at', { step })}</p>
      <ul>
        {said.map(({ curve, value, beside, sure }) => (
          <li key={curve.name}>
            <Swatch colour={curve.colour} dash={curve.dash} />
            <span className="of">{curve.label ?? curve.name}</span>
            <b>{value}</b>
            {beside && <span className="beside">{beside}</span>}
            {sure && <small>{sure}</small>}
          </li>
        ))}
      </ul>
    </div>
  );
}
