/** What stands at the cursor, in words. */
import type { Translate } from '../i18n';
import { figure, percent, whole } from '../i18n/format';
import { type Curve, shownAt } from './curve';
import type { Shown } from './shown';
import type { Unit } from './ticks';

export interface Said {
  readonly curve: Curve;
  readonly value: string;
  /** How sure it is, where that is known. */
  readonly sure: string | undefined;
}

export function valueText(value: number, unit: Unit): string {
  if (unit === 'share') return percent(value);
  return unit === 'rate' ? whole(value) : figure(value);
}

/** The curves in sight that have a value there; the run of the page first, as in the legend. */
export function saidAt({ curves }: Shown, step: number, unit: Unit, t: Translate): readonly Said[] {
  const said = curves.flatMap((curve): readonly Said[] => {
    const value = shownAt(curve, step);
    if (value === undefined) return [];
    const at = curve.interval && curve.track.extremes.before(step + 1);
    const sureness = at === undefined ? undefined : curve.interval?.(at);
    const sure =
      sureness && t('chart.sure', { rows: sureness.rows, low: percent(sureness.low), high: percent(sureness.high) });
    return [{ curve, value: valueText(value, unit), sure }];
  });
  return [
    ...said.filter(({ curve }) => curve.look !== 'overlay'),
    ...said.filter(({ curve }) => curve.look === 'overlay'),
  ];
}

export function spoken(shown: Shown, step: number | undefined, unit: Unit, t: Translate): string {
  if (step === undefined) return '';
  const said = saidAt(shown, step, unit, t).map(
    ({ curve, value, sure }) => `${curve.name} ${value}${sure ? ` (${sure})` : ''}`,
  );
  return [t('chart.at', { step }), ...said].join(' · ');
}
