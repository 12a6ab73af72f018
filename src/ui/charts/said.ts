/** What stands at the cursor, in words. */
import type { Translate } from '../i18n';
import { figure, percent, whole } from '../i18n/format';
import { type Curve, overlaysLast, shownAt } from './curve';
import type { Shown } from './shown';
import type { Unit } from './ticks';

/** One line of the readout. */
export interface Said {
  readonly curve: Curve;
  readonly value: string;
  /** The same step unsmoothed, and the test rows. */
  readonly beside: string;
  /** How sure the value is, where that is known. */
  readonly sure: string;
}

export function valueText(value: number, unit: Unit): string {
  if (unit === 'share') return percent(value);
  return unit === 'rate' ? whole(value) : figure(value);
}

/** The curves in sight that have a value there. */
export function saidAt({ curves }: Shown, step: number, unit: Unit, t: Translate): readonly Said[] {
  const text = (curve: Curve): string | undefined => {
    const value = shownAt(curve, step);
    return value === undefined ? undefined : valueText(value, unit);
  };
  const beside = (main: Curve): string => {
    const others = curves.filter((other) => other !== main && isBeside(other) && other.keys[0] === main.keys[0]);
    const said = others.map((other) => ({ look: other.look, value: text(other) }));
    return said
      .flatMap(({ look, value }) =>
        value === undefined ? [] : [look === 'raw' ? `(${value})` : `${t('chart.test')} ${value}`],
      )
      .join(' ');
  };
  return overlaysLast(curves).flatMap((curve) => {
    const value = isBeside(curve) ? undefined : text(curve);
    if (value === undefined) return [];
    return [{ curve, value, beside: curve.look === 'line' ? beside(curve) : '', sure: sureText(curve, step, t) }];
  });
}

export function spoken(shown: Shown, step: number | undefined, unit: Unit, t: Translate): string {
  if (step === undefined) return '';
  const said = saidAt(shown, step, unit, t).map(({ curve, value, beside, sure }) =>
    [curve.name, value, beside, sure].filter((part) => part !== '').join(' '),
  );
  return [t('chart.at', { step }), ...said].join(' · ');
}

function isBeside({ look }: Curve): boolean {
  return look === 'raw' || look === 'test';
}

function sureText({ interval, track }: Curve, step: number, t: Translate): string {
  const sureness = interval?.(track.extremes.before(step + 1));
  if (!sureness) return '';
  return t('chart.sure', { rows: sureness.rows, low: percent(sureness.low), high: percent(sureness.high) });
}
